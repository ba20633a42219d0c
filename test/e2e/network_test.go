package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// ownNetwork is a network of its own whose only way out, the interface out, leads
// nowhere and counts what is sent.
const ownNetwork = `set -eu
echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6
ip link set lo up
ip link add out type veth peer name nowhere
ip addr add 10.255.0.2/24 dev out
ip link set nowhere up
ip link set out up
ip neigh add 10.255.0.1 lladdr 02:00:00:00:00:01 dev out # so that what is sent is sent
ip route add default via 10.255.0.1
sent() { cat /sys/class/net/$1/statistics/tx_packets; }
mount -t sysfs sysfs /sys
`

// TestNoRequestButYours counts what the program sends: nothing at all where it
// works on a directory, and nothing past the API that it was pointed to.
func TestNoRequestButYours(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" || os.Getuid() != 0 {
		t.Skip("a network of its own takes Linux and root")
	}
	for _, program := range []string{"unshare", "ip", "bash"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip(err)
		}
	}
	if err := exec.CommandContext(t.Context(), "unshare", "-mn", "true").Run(); err != nil {
		t.Skipf("no network of its own can be made here: %v", err)
	}
	storage, err := filepath.Abs("../../examples/storage")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, commands, want string }{
		{"a directory", `apifyctl version >/dev/null
			apifyctl help >/dev/null
			apifyctl completion bash >/dev/null
			apifyctl __complete datasets export --local storage '' >/dev/null 2>&1
			apifyctl datasets list --local storage >/dev/null
			apifyctl datasets export products --local storage -o all.csv -q
			apifyctl datasets get nosuch --local storage 2>/dev/null || true
			apifyctl login --no-input </dev/null 2>/dev/null || true
			apifyctl whoami 2>/dev/null || true
			echo $(sent lo) $(sent out)`, "0 0"},
		{"an API", `apifyctl serve --local storage --token any --listen 127.0.0.1:18011 2>served &
			until grep -qs http:// served; do sleep 0.05; done
			export APIFY_API_BASE_URL=http://127.0.0.1:18011 APIFY_TOKEN=any
			apifyctl datasets export products -o all.csv -q || echo failed
			kill $!
			[ $(sent lo) -gt 0 ] && echo asked, and $(sent out)`, "asked, and 0"},
		{"the counter", `APIFY_API_BASE_URL=https://192.0.2.1 APIFY_TOKEN=any timeout 2 apifyctl datasets list 2>/dev/null || true
			[ $(sent out) -gt 0 ] && echo counts`, "counts"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := os.CopyFS(filepath.Join(dir, "storage"), os.DirFS(storage)); err != nil {
				t.Fatal(err)
			}
			command := exec.CommandContext(t.Context(), "unshare", "-mn", "bash", "-c", ownNetwork+c.commands)
			command.Dir = dir
			command.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "XDG_CONFIG_HOME=" + dir, "XDG_STATE_HOME=" + dir, "TERM=dumb"}
			said, err := command.CombinedOutput()
			if got := strings.TrimSpace(string(said)); err != nil || got != c.want {
				t.Errorf("%v: %s, want %s", err, got, c.want)
			}
		})
	}
}
