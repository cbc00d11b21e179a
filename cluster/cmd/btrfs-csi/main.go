// Command btrfs-csi is the CSI driver of the local cluster: volumes are subvolumes of one btrfs file system, so that
// a snapshot is atomic and shares its blocks, as with the storage that production clusters have.
package main

import (
	"flag"
	"log"

	"pgfork.dev/cluster/internal/btrfscsi"
)

func main() {
	var config btrfscsi.Config
	flag.StringVar(&config.DriverName, "driver", "", "name of the driver")
	flag.StringVar(&config.NodeName, "node", "", "name of this node")
	flag.StringVar(&config.Pool, "pool", "", "folder inside of a mounted btrfs that holds volumes and snapshots")
	flag.StringVar(&config.KubeletRoot, "kubelet-root", "/var/lib/kubelet", "the kubelet's --root-dir")
	flag.Parse()
	if config.DriverName == "" || config.NodeName == "" || config.Pool == "" {
		log.Fatal("--driver, --node and --pool are needed")
	}
	log.Fatal(btrfscsi.Serve(config))
}
