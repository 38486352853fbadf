// Speaks the interop protocol for the official Go client that is part of the AWS SDK for Go (s3crypto).
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
)

// Request is one line of the protocol.
type Request struct {
	ID        json.Number `json:"id"`
	Operation string      `json:"operation"`
	Bucket    string      `json:"bucket"`
	Key       string      `json:"key"`
	Body      string      `json:"body"`
	Output    string      `json:"output"`
	Format    string      `json:"format"`
	Envelope  string      `json:"envelope"`
	Wrap      string      `json:"wrap"`
	Content   string      `json:"content"`
	Suffix    string      `json:"suffix"`
	Legacy    bool        `json:"legacy"`
	Keyring   struct {
		Type  string `json:"type"`
		KeyID string `json:"keyId"`
	} `json:"keyring"`
	EncryptionContext map[string]string `json:"encryptionContext"`
}

func main() {
	driver, err := newDriver()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<20)
	out := json.NewEncoder(os.Stdout)
	for in.Scan() {
		var request Request
		answer := map[string]any{}
		err := json.Unmarshal(in.Bytes(), &request)
		if err == nil {
			err = driver.perform(&request, answer)
		}
		answer["id"], answer["ok"] = request.ID, err == nil
		if err != nil {
			answer["error"] = fmt.Sprintf("%T: %v", err, err)
		}
		if out.Encode(answer) != nil {
			return
		}
	}
}

func (d *driver) perform(request *Request, answer map[string]any) error {
	switch request.Operation {
	case "describe":
		describe(answer)
		return nil
	case "put":
		return d.put(request)
	case "get":
		return d.get(request)
	}
	return fmt.Errorf("no operation %q", request.Operation)
}
