package serve

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/apifyctl/apifyctl/internal/atomicfile"
)

// secret reads a secret, or makes a fresh one and keeps it. A file that cannot
// be used is set aside, and warn told. In a directory that takes no files the
// secret is a fresh one each time.
func (p *private) secret(name string, fresh func() string, warn func(string)) (string, error) {
	if p.readOnly() {
		return fresh(), nil
	}
	value, err := p.readSecret(name)
	if broken, ok := errors.AsType[*atomicfile.BrokenError](err); ok {
		aside, err := atomicfile.SetAside(p.root, name)
		if err != nil {
			return "", err
		}
		warn(fmt.Sprintf("%s cannot be used: %v; it was set aside as %s, and what it let in is no longer let in",
			filepath.Join(p.path, name), broken.Reason, aside))
	} else if !errors.Is(err, fs.ErrNotExist) {
		return value, err
	}
	value = fresh()
	return value, p.writeSecret(name, value)
}

// readSecret reads a secret. A file that cannot be used is an
// *atomicfile.BrokenError.
func (p *private) readSecret(name string) (value string, err error) {
	info, err := p.root.Lstat(name)
	if err != nil {
		return "", err
	}
	if others := info.Mode().Perm() & 0o077; others != 0 && info.Mode().IsRegular() && runtime.GOOS != "windows" && p.keepsModes() {
		return "", &atomicfile.BrokenError{Name: name, Reason: fmt.Errorf("others than its owner may use it (mode %04o, not 0600)", info.Mode().Perm())}
	}
	if name == signingKeyFile && info.Size() == keyLength { // as the first versions wrote it
		text, err := atomicfile.ReadSmall(p.root, name)
		value = hex.EncodeToString(text)
		return value, errors.Join(err, p.writeSecret(name, value))
	}
	err = atomicfile.ReadState(p.root, name, &value)
	if err == nil && value == "" {
		err = &atomicfile.BrokenError{Name: name, Reason: errors.New("it is empty")}
	}
	return value, err
}

// keepsModes tells whether the file system knows who may use a file: some have
// one mode for all files.
func (p *private) keepsModes() bool {
	name := atomicfile.Hidden()
	file, err := p.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, privateMode)
	if err != nil {
		return true
	}
	info, err := file.Stat()
	_ = file.Close()
	_ = p.root.Remove(name)
	return err != nil || info.Mode().Perm()&0o077 == 0
}

func (p *private) writeSecret(name, value string) error {
	text, err := atomicfile.EncodeState(value)
	if err == nil {
		err = atomicfile.Replace(p.root, atomicfile.Hidden(), name, privateMode, text)
	}
	if err != nil {
		return fmt.Errorf("keep %s: %w", name, err)
	}
	return nil
}

// privateMode is that of a file that its owner alone may use.
const privateMode = 0o600

const (
	tokenFile      = "token"
	signingKeyFile = "signing-key"
	keyLength      = 32 // bytes
)

// token is what lets its holder in where no account was named; made once, so
// that it can stay in a script or an .env file.
func (p *private) token(warn func(string)) (string, error) {
	return p.secret(tokenFile, func() string { return "apify_local_" + rand.Text() }, warn)
}

// signingKey is what the storages' signing secrets are derived from; made once,
// so that links stay valid. Nil where it could not be kept.
func (p *private) signingKey(warn func(string)) ([]byte, error) {
	if p.readOnly() {
		return nil, nil
	}
	text, err := p.secret(signingKeyFile, func() string {
		key := make([]byte, keyLength)
		_, _ = rand.Read(key) // never fails
		return hex.EncodeToString(key)
	}, warn)
	if err != nil {
		return nil, err
	}
	key, err := hex.DecodeString(text)
	if err != nil || len(key) != keyLength {
		return nil, fmt.Errorf("%s does not hold a key of %d bytes", filepath.Join(p.path, signingKeyFile), keyLength)
	}
	return key, nil
}
