package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// records puts small records into a new store. The clients write requests and
// read answers without net/http, since what they take the server does not get.
func (l *load) records() error {
	store, err := l.create("key-value-stores")
	if err != nil {
		return err
	}
	address, err := url.Parse(l.url)
	if err != nil {
		return err
	}
	body := bytes.Repeat([]byte("1"), l.size)
	return l.rate(func(who int) (func(int) error, error) {
		connection, err := net.Dial("tcp", address.Host)
		if err != nil {
			return nil, err
		}
		answers := bufio.NewReader(connection)
		var request bytes.Buffer
		return func(turn int) error {
			request.Reset()
			fmt.Fprintf(&request, "PUT /v2/key-value-stores/%s/records/key-%d-%d HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer x\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n", store, who, turn, address.Host, l.kind, len(body))
			request.Write(body)
			if _, err := connection.Write(request.Bytes()); err != nil {
				return err
			}
			return readAnswer(answers, " 201 ")
		}, nil
	})
}

// readAnswer reads an answer that has a length.
func readAnswer(from *bufio.Reader, status string) error {
	first, err := from.ReadString('\n')
	if err != nil {
		return err
	}
	length := 0
	for {
		line, err := from.ReadString('\n')
		if err != nil {
			return err
		}
		if line == "\r\n" {
			break
		}
		if name, value, _ := strings.Cut(line, ":"); strings.EqualFold(name, "Content-Length") {
			if length, err = strconv.Atoi(strings.TrimSpace(value)); err != nil {
				return err
			}
		}
	}
	body := make([]byte, length)
	if _, err := io.ReadFull(from, body); err != nil {
		return err
	}
	if !strings.Contains(first, status) {
		return fmt.Errorf("%s: %s", strings.TrimSpace(first), body)
	}
	return nil
}

func (l *load) create(collection string) (id string, err error) {
	response, err := http.Post(l.url+"/v2/"+collection, "application/json", nil)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, response.Body.Close()) }()
	var object struct{ Data struct{ ID string } }
	err = json.NewDecoder(response.Body).Decode(&object)
	return object.Data.ID, err
}

// read reads the dataset bench from its beginning to its end, the clients taking
// pages in turn, and prints how long that took.
func (l *load) read() error {
	client := &http.Client{Transport: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: l.clients, ReadBufferSize: 256 << 10}}
	var mutex sync.Mutex
	start := time.Now()
	bytesRead, total, err := l.readPage(client, 0)
	if err != nil {
		return err
	}
	next := l.page
	var group sync.WaitGroup
	failures := make(chan error, l.clients)
	for range l.clients {
		group.Go(func() {
			for {
				mutex.Lock()
				offset := next
				next += l.page
				done := offset >= total
				mutex.Unlock()
				if done {
					failures <- nil
					return
				}
				n, _, err := l.readPage(client, offset)
				if err != nil {
					failures <- err
					return
				}
				mutex.Lock()
				bytesRead += n
				mutex.Unlock()
			}
		})
	}
	group.Wait()
	for range l.clients {
		if err := <-failures; err != nil {
			return err
		}
	}
	took := time.Since(start).Seconds()
	_, err = fmt.Printf("%d items, %d bytes in %.2f s: %.0f MB/s, %.0f items/s\n", total, bytesRead, took, float64(bytesRead)/1e6/took, float64(total)/took)
	return err
}

func (l *load) readPage(client *http.Client, offset int) (read int64, total int, err error) {
	request, err := http.NewRequest(http.MethodGet, fmt.Sprintf("%s/v2/datasets/~bench/items?offset=%d&limit=%d", l.url, offset, l.page), nil)
	if err != nil {
		return 0, 0, err
	}
	request.Header.Set("Accept-Encoding", l.encoding)
	response, err := client.Do(request)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, response.Body.Close()) }()
	if response.StatusCode != http.StatusOK {
		return 0, 0, fmt.Errorf("page at %d: %s", offset, response.Status)
	}
	if total, err = strconv.Atoi(response.Header.Get("X-Apify-Pagination-Total")); err != nil {
		return 0, 0, err
	}
	for buffer := make([]byte, 256<<10); err == nil; {
		var n int
		n, err = response.Body.Read(buffer)
		read += int64(n)
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return read, total, err
}
