package sink

import "golang.org/x/sys/windows"

const errHeld = windows.ERROR_SHARING_VIOLATION
