module github.com/apifyctl/apifyctl/bench

go 1.26.0

require (
	github.com/klauspost/compress v1.20.3
	github.com/xuri/excelize/v2 v2.11.0
	golang.org/x/time v0.16.0
)

require (
	github.com/clipperhouse/uax29/v2 v2.7.0 // indirect
	github.com/facette/natsort v0.0.0-20181210072756-2cd4dd1e2dcb // indirect
	github.com/felixge/fgprof v0.9.3 // indirect
	github.com/golang/snappy v1.0.0 // indirect
	github.com/google/pprof v0.0.0-20211214055906-6f57359322fd // indirect
	github.com/johnkerl/lumin v1.0.0 // indirect
	github.com/johnkerl/miller/v6 v6.16.0 // indirect
	github.com/kballard/go-shellquote v0.0.0-20180428030007-95032a82bc51 // indirect
	github.com/kshedden/dstream v0.0.0-20190512025041-c4c410631beb // indirect
	github.com/kshedden/statmodel v0.0.0-20210519035403-ee97d3e48df1 // indirect
	github.com/lestrrat-go/strftime v1.1.1 // indirect
	github.com/mattn/go-isatty v0.0.24 // indirect
	github.com/mattn/go-runewidth v0.0.31 // indirect
	github.com/nine-lives-later/go-windows-terminal-sequences v1.0.4 // indirect
	github.com/pkg/profile v1.7.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
	golang.org/x/term v0.47.0 // indirect
	golang.org/x/tools v0.51.0 // indirect
	gonum.org/v1/gonum v0.16.0 // indirect
)

require (
	github.com/apifyctl/apifyctl v0.0.0
	github.com/richardlehane/mscfb v1.0.7 // indirect
	github.com/richardlehane/msoleps v1.0.6 // indirect
	github.com/tiendc/go-deepcopy v1.7.2 // indirect
	github.com/xuri/efp v0.0.1 // indirect
	github.com/xuri/nfp v0.0.2-0.20250530014748-2ddeb826f9a9 // indirect
	golang.org/x/crypto v0.58.0 // indirect
	golang.org/x/net v0.62.0 // indirect
	golang.org/x/text v0.43.0 // indirect
)

replace github.com/apifyctl/apifyctl => ../

tool github.com/johnkerl/miller/v6/cmd/mlr
