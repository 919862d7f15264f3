package main

import (
	"encoding/json"
	"fmt"
	"net/http"
)

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { json.NewEncoder(w).Encode(fmt.Sprint(r.URL)) })
	http.ListenAndServe(":8080", nil)
}
