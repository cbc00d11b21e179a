package dev.pgfork.api.v1alpha1;

import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Categories;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Singular;
import io.fabric8.kubernetes.model.annotation.Version;

/** A Postgres database that pgfork runs: an instance of its own and its followers, one of which is the primary. */
@Group(PgforkApi.GROUP)
@Version(PgforkApi.VERSION)
@Kind(PostgresDatabase.KIND)
@Singular("postgresdatabase")
@Plural("postgresdatabases")
@ShortNames("pgdb")
@Categories("pgfork")
@ValidationRule(value = "has(self.spec)", message = "spec is required")
@ValidationRule(value = PgforkApi.NAME_RULE, message = PgforkApi.NAME_MESSAGE)
@ValidationRule(value = PgforkApi.NAME_SUFFIX_RULE, message = PgforkApi.NAME_SUFFIX_MESSAGE)
@AdditionalPrinterColumn(jsonPath = ".status.phase", name = "PHASE")
@AdditionalPrinterColumn(jsonPath = ".status.primary", name = "PRIMARY")
@AdditionalPrinterColumn(jsonPath = ".status.instance.serverVersion", name = "VERSION")
@AdditionalPrinterColumn(jsonPath = ".spec.storage.size", name = "SIZE")
@AdditionalPrinterColumn(jsonPath = ".status.forks", name = "FORKS", type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(
        jsonPath = ".metadata.creationTimestamp",
        name = "AGE",
        type = AdditionalPrinterColumn.Type.DATE)
@AdditionalPrinterColumn(jsonPath = ".status.conditions[?(@.type=='Ready')].reason", name = "REASON", priority = 1)
public class PostgresDatabase extends CustomResource<PostgresDatabaseSpec, PostgresDatabaseStatus>
        implements Namespaced {
    public static final String KIND = "PostgresDatabase";
}
