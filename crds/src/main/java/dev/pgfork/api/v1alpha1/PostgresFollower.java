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

/** A read-only copy of a database, a fork or an unfollowed follower, which receives its writes as they happen. */
@Group(PgforkApi.GROUP)
@Version(PgforkApi.VERSION)
@Kind(PostgresFollower.KIND)
@Singular("postgresfollower")
@Plural("postgresfollowers")
@ShortNames("pgfo")
@Categories("pgfork")
@ValidationRule(value = "has(self.spec)", message = "spec is required")
@ValidationRule(value = PgforkApi.NAME_RULE, message = PgforkApi.NAME_MESSAGE)
@ValidationRule(value = PgforkApi.NAME_SUFFIX_RULE, message = PgforkApi.NAME_SUFFIX_MESSAGE)
@ValidationRule(
        value = "!has(self.spec) || self.spec.follows.name != self.metadata.name",
        message = "spec.follows must name another resource")
@AdditionalPrinterColumn(jsonPath = ".spec.follows.name", name = "FOLLOWS")
@AdditionalPrinterColumn(jsonPath = ".status.phase", name = "PHASE")
@AdditionalPrinterColumn(
        jsonPath = ".status.streaming",
        name = "STREAMING",
        type = AdditionalPrinterColumn.Type.BOOLEAN)
@AdditionalPrinterColumn(jsonPath = ".status.lag.bytes", name = "LAG", type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(
        jsonPath = ".metadata.creationTimestamp",
        name = "AGE",
        type = AdditionalPrinterColumn.Type.DATE)
@AdditionalPrinterColumn(jsonPath = ".status.conditions[?(@.type=='Ready')].reason", name = "REASON", priority = 1)
public class PostgresFollower extends CustomResource<PostgresFollowerSpec, PostgresFollowerStatus>
        implements Namespaced {
    public static final String KIND = "PostgresFollower";
}
