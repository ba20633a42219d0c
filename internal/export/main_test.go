package export

import (
	"os"
	"testing"

	"github.com/apifyctl/apifyctl/test/inmemory"
)

func TestMain(m *testing.M) { os.Exit(inmemory.Run(m)) }
