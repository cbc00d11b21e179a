.PHONY: generate
generate: ## the CRD files from the API classes
	mvn -B -ntp -q -pl crds process-classes
	rm -f crds/crd/*.yml && cp crds/target/classes/META-INF/fabric8/*-v1.yml crds/crd/
	if [ -d helm/pgfork ]; then mkdir -p helm/pgfork/files/crds && rm -f helm/pgfork/files/crds/*.yml && cp crds/crd/*.yml helm/pgfork/files/crds/; fi
