// Package clustertest x
package clustertest
