package serve

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/apifyctl/apifyctl/internal/local/durable"
)

// maxSecret is how many bytes a secret's file has at most.
const maxSecret = 4096

// brokenError is a secret's file that cannot be used.
type brokenError struct{ reason string }

func (e *brokenError) Error() string { return e.reason }

// secret reads a secret, or makes a fresh one and keeps it. A file that cannot
// be used is set aside, and warn told. In a directory that takes no files the
// secret is a fresh one each time.
func (p *private) secret(name string, fresh func() string, warn func(string)) (string, error) {
	if p.readOnly() {
		return fresh(), nil
	}
	value, err := p.readSecret(name)
	if broken, ok := errors.AsType[*brokenError](err); ok {
		aside := name + ".broken-" + time.Now().UTC().Format("20060102T150405.000000Z")
		if err := p.root.Rename(name, aside); err != nil {
			return "", err
		}
		warn(fmt.Sprintf("%s cannot be used: %s; it was set aside as %s, and what it let in is no longer let in",
			filepath.Join(p.path, name), broken.reason, aside))
		err = fs.ErrNotExist
	}
	if errors.Is(err, fs.ErrNotExist) {
		value = fresh()
		return value, p.writeSecret(name, value)
	}
	return value, err
}

func (p *private) readSecret(name string) (value string, err error) {
	if err := isReal(p.root, name, fs.FileMode.IsRegular); err != nil {
		if errors.Is(err, errLink) || errors.Is(err, errWrongType) {
			return "", &brokenError{err.Error()}
		}
		return "", err
	}
	file, err := p.root.Open(name)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	info, err := file.Stat()
	if err != nil {
		return "", err
	}
	if others := info.Mode().Perm() & 0o077; others != 0 && runtime.GOOS != "windows" && p.keepsModes() {
		return "", &brokenError{fmt.Sprintf("others than its owner may use it (mode %04o, not 0600)", info.Mode().Perm())}
	}
	text, err := io.ReadAll(io.LimitReader(file, maxSecret+1))
	if err != nil {
		return "", err
	}
	if name == signingKeyFile && len(text) == keyLength { // as the first versions wrote it
		value = hex.EncodeToString(text)
		_ = p.writeSecret(name, value) // else the next server reads the old one
		return value, nil
	}
	if err := durable.DecodeState(text, &value); err != nil {
		return "", &brokenError{err.Error()}
	}
	if value == "" {
		return "", &brokenError{"it is empty"}
	}
	return value, nil
}

// keepsModes tells whether the file system knows who may use a file: some have
// one mode for all files.
func (p *private) keepsModes() bool {
	file, name, err := p.temporary()
	if err != nil {
		return true
	}
	info, err := file.Stat()
	_ = file.Close()
	_ = p.root.Remove(name)
	return err != nil || info.Mode().Perm()&0o077 == 0
}

func (p *private) writeSecret(name, value string) error {
	text, err := durable.EncodeState(value)
	if err != nil {
		return fmt.Errorf("keep %s: %w", name, err)
	}
	file, temporary, err := p.temporary()
	if err != nil {
		return fmt.Errorf("keep %s: %w", name, err)
	}
	_, err = file.Write(text)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err == nil {
		err = p.root.Rename(temporary, name)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("keep %s: %w", name, err), p.root.Remove(temporary))
	}
	return durable.SyncFolder(p.root, ".")
}

// temporary makes a file that its owner alone may use.
func (p *private) temporary() (file *os.File, name string, err error) {
	name = "." + rand.Text()
	file, err = p.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	return file, name, err
}

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
