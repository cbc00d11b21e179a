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

/** A writable copy-on-write copy of a database at one instant, with credentials of its own. */
@Group(PgforkApi.GROUP)
@Version(PgforkApi.VERSION)
@Kind(PostgresFork.KIND)
@Singular("postgresfork")
@Plural("postgresforks")
@ShortNames("pgf")
@Categories("pgfork")
@ValidationRule(value = "has(self.spec)", message = "spec is required")
@ValidationRule(value = PgforkApi.NAME_RULE, message = PgforkApi.NAME_MESSAGE)
@ValidationRule(value = PgforkApi.NAME_SUFFIX_RULE, message = PgforkApi.NAME_SUFFIX_MESSAGE)
@ValidationRule(
        value = "!has(self.spec) || !has(self.spec.from.kind) || self.spec.from.kind != 'PostgresFork'"
                + " || has(self.spec.from.__namespace__) || self.spec.from.name != self.metadata.name",
        message = "spec.from must name another resource")
@AdditionalPrinterColumn(jsonPath = ".spec.from.name", name = "SOURCE")
@AdditionalPrinterColumn(jsonPath = ".status.phase", name = "PHASE")
@AdditionalPrinterColumn(jsonPath = ".status.timings.ready", name = "TOOK", type = AdditionalPrinterColumn.Type.NUMBER)
@AdditionalPrinterColumn(
        jsonPath = ".status.source.cutTime",
        name = "DATA-AGE",
        type = AdditionalPrinterColumn.Type.DATE)
@AdditionalPrinterColumn(jsonPath = ".status.expiresAt", name = "EXPIRES")
@AdditionalPrinterColumn(jsonPath = ".status.conditions[?(@.type=='Ready')].reason", name = "REASON", priority = 1)
public class PostgresFork extends CustomResource<PostgresForkSpec, PostgresForkStatus> implements Namespaced {
    public static final String KIND = "PostgresFork";
}
