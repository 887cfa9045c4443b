// Package storetest says as tests what package memo demands of a store. A store's
// own test runs all [Laws] against it.
package storetest
