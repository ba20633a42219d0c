# Makes the account of the pages: see docs_test.go.
mkdir -p work .local/share/bash-completion/completions .zsh/completions .config/fish/completions
apifyctl config set local "$PWD/mine" --profile default
apifyctl config set local "$PWD/home" --profile home
apifyctl config set local "$PWD/work" --profile work
rm mine/datasets/products/000000[1-9]*.json mine/datasets/products/0000000[2-9]*.json # a few are enough
for name in shoes hats shop-one shop-two DATASET; do
	apifyctl datasets create "$name"
	apifyctl datasets put "$name" items.jsonl
done
apifyctl datasets put shoes items.jsonl --create --local home
apifyctl kvs create shop
apifyctl kvs put shop page-1 --value one
apifyctl kvs put shop page-2 --value two
apifyctl kvs export shop -o shop/
apifyctl queues put crawl https://example.com/ https://example.com/product/1
apifyctl datasets schema products --as json-schema -o products.schema.json
gzip -k items.jsonl
