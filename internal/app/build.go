package app

import (
	"runtime"
	"runtime/debug"
)

// Build says which build of the program this is.
type Build struct {
	Version string `json:"version"`
	Commit  string `json:"commit"`
	Date    string `json:"date,omitempty"`
	Go      string `json:"go"`
	OS      string `json:"os"`
	Arch    string `json:"arch"`
}

// NewBuild takes what the linker was told. Where it was told nothing, as with
// `go install`, the module's own build information stands in.
func NewBuild(version, commit, date string) Build {
	build := Build{Version: version, Commit: commit, Date: date, Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if ok && build.Version == "" {
		build.Version = info.Main.Version
	}
	if ok && build.Commit == "" {
		for _, setting := range info.Settings {
			switch setting.Key {
			case "vcs.revision":
				build.Commit = setting.Value
			case "vcs.time":
				build.Date = setting.Value
			}
		}
	}
	if build.Version == "" || build.Version == "(devel)" {
		build.Version = "dev"
	}
	if build.Commit == "" {
		build.Commit = "unknown"
	}
	return build
}
