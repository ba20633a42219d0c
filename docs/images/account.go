//go:build ignore

// Command account plays an account with storages that will expire, for the
// picture of keep: it prints its address and stays until its input ends.
package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/apifyctl/apifyctl/test/mockapi"
)

func main() {
	server := mockapi.Start()
	server.AddActor("kWq2XnY8sVb4RtGp1", "shop-crawler")
	server.AddActor("Zp5LmC9dQeH3uJx7a", "news-monitor")
	for _, s := range []struct {
		kind, actor, run, item string
		age                    time.Duration
		items                  int
	}{
		{"datasets", "kWq2XnY8sVb4RtGp1", "HG7ML7M8z78YcAPEB", `{"name":"Teapot, red","price":44.68,"url":"https://shop.example/teapot-red"}`, 158 * time.Hour, 300},
		{"key-value-stores", "kWq2XnY8sVb4RtGp1", "HG7ML7M8z78YcAPEB", "", 158 * time.Hour, 0},
		{"datasets", "Zp5LmC9dQeH3uJx7a", "yP2nF6kTq8WcR4sVb", `{"title":"Harbour reopens","words":412}`, 140 * time.Hour, 57},
		{"request-queues", "Zp5LmC9dQeH3uJx7a", "yP2nF6kTq8WcR4sVb", "", 140 * time.Hour, 0},
		{"datasets", "kWq2XnY8sVb4RtGp1", "bX3dJ5gLh7NzQ9mAe", `{"name":"Teapot, moss green","price":7.7}`, 30 * time.Hour, 281},
	} {
		id := server.AddAged(s.kind, s.age, s.actor, s.run)
		if s.items > 0 {
			server.Push(id, strings.Split(strings.Repeat(s.item+"\n", s.items-1)+s.item, "\n")...)
			server.Age(id, s.age)
		}
	}
	fmt.Println(server.URL())
	_, _ = io.Copy(io.Discard, os.Stdin)
}
