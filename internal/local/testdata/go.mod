// Files here are called as the SDKs called them, which the files of a module cannot
// be: this keeps them out of the one that go install downloads.
module testdata
