# Every target works from a fresh checkout. What each check refuses, and how to fix it: CONTRIBUTING.md
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test campaign unit check format generate image cli install e2e bench cluster-up cluster-down kubeconfig clean

MVN := scripts/mvn

help: ## this list
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

demo: cluster-up install ## a database, and a fork of it under load, on a local cluster; leaves it running
	examples/demo.sh

test: unit cluster-up install ## all checks and tests, the end-to-end ones on the local cluster (about 50 minutes on 2 cores)
	scripts/e2e.sh --local

campaign: unit cluster-up install ## as test, with the full number of repetitions
	scripts/e2e.sh --local -Dpgfork.runs=full

unit: ## checks and tests without a cluster (about 12 minutes on 2 cores)
	scripts/lint.sh
	scripts/check-docs.sh
	cluster/images/postgres-rootfs.sh >/dev/null
	operator/src/test/instance-lint.sh
	cluster/test.sh
	bench/test.sh
	$(MVN) spotless:check verify

check: ## the checks alone: format, Error Prone, NullAway, sizes, dependencies, borders between packages, CRDs
	scripts/lint.sh
	scripts/check-docs.sh
	$(MVN) spotless:check verify -Dtest='ArchitectureTest,GeneratedCrdTest' -Dsurefire.failIfNoSpecifiedTests=false

format: ## brings Java and POMs into the format that the check demands
	$(MVN) --quiet spotless:apply

generate: ## the CRDs from the API classes, in crds/crd and in the chart
	scripts/generate-crds.sh

image: ## the operator's image as a file
	scripts/operator-image.sh

cli: ## the kubectl plugin as an archive for this kind of machine; prints its path
	@scripts/plugin.sh

install: ## builds the image, loads it into the local cluster, installs the chart into pgfork-system
	scripts/install.sh

e2e: ## end-to-end tests against $KUBECONFIG (default: the local cluster); TEST=ForkIT or TEST=ForkIT#name for some
	scripts/e2e.sh $(if $(TEST),-Dit.test='$(TEST)')

bench: ## measures forks against other ways to copy a database: a table and JSON
	bench/run.sh

cluster-up: ## starts the local cluster; builds it the first time
	cluster/up.sh

cluster-down: ## stops the local cluster and removes what it made, but not what was built for it
	cluster/down.sh

kubeconfig: ## the path of the local cluster's kubeconfig
	@cluster/kubeconfig.sh

clean: ## removes what Maven built
	rm -rf target crds/target operator/target cli/target e2e/target
