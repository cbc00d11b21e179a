package dev.pgfork.operator.kube;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntryBuilder;
import java.util.List;

/**
 * Who the operator is among the writers of an object. Objects that must not be there yet are made by a plain create,
 * since an apply would take over somebody else's. The API server then notes the fields as made by an update, and an
 * apply by the same manager would be a second one: fields that it leaves out would stay. So, once, before the first
 * apply, the note is changed into one of an apply, as {@code kubectl apply --server-side} does for its own past.
 */
public final class FieldOwnership {
    /** As a user agent, the name that the API server notes for a create. */
    public static final String NAME = "pgfork";

    private static final String UPDATE = "Update";
    private static final String APPLY = "Apply";

    private FieldOwnership() {}

    static boolean createdWithoutApply(HasMetadata object) {
        return entries(object).stream().anyMatch(entry -> isOurs(entry, UPDATE))
                && entries(object).stream().noneMatch(entry -> isOurs(entry, APPLY));
    }

    /** Changes the object, as {@code edit} wants it. */
    static <T extends HasMetadata> T owningByApply(T object) {
        object.getMetadata()
                .setManagedFields(entries(object).stream()
                        .map(entry -> isOurs(entry, UPDATE)
                                ? new ManagedFieldsEntryBuilder(entry)
                                        .withOperation(APPLY)
                                        .build()
                                : entry)
                        .toList());
        return object;
    }

    private static List<ManagedFieldsEntry> entries(HasMetadata object) {
        var entries = object.getMetadata().getManagedFields();
        return entries == null ? List.of() : entries;
    }

    private static boolean isOurs(ManagedFieldsEntry entry, String operation) {
        return NAME.equals(entry.getManager())
                && operation.equals(entry.getOperation())
                && (entry.getSubresource() == null || entry.getSubresource().isEmpty());
    }
}
