package dev.pgfork.operator.kube;

import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;

/** Labels and annotations that pgfork writes on its objects. */
public final class Labels {
    /** What the names of those begin with that only pgfork sets. */
    public static final String PREFIX = "pgfork.dev/";

    public static final String MANAGED_BY = "app.kubernetes.io/managed-by";
    public static final String MANAGED_BY_PGFORK = "pgfork";

    /** What Kubernetes recommends, for tools that show what belongs together; nothing of ours goes by these. */
    private static final String APP_NAME = "app.kubernetes.io/name";

    /**
     * Argo CD may go by it, too: an object that carries it and has no ownerReference is then deleted with whatever is
     * not in Git.
     */
    public static final String APP_INSTANCE = "app.kubernetes.io/instance";

    private static final String APP_COMPONENT = "app.kubernetes.io/component";
    private static final String APP_PART_OF = "app.kubernetes.io/part-of";

    /** Name of the custom resource, which is the name of its instance. */
    public static final String INSTANCE = "pgfork.dev/instance";

    /** Kind of the custom resource, in lower case. */
    public static final String OWNER_KIND = "pgfork.dev/kind";

    /** Namespace of the custom resource, on what it has elsewhere. */
    public static final String OWNER_NAMESPACE = "pgfork.dev/namespace";

    /** The N of {@code <name>-g<N>}. */
    public static final String GENERATION = "pgfork.dev/generation";

    /** For people only: Kubernetes' readiness decides who serves. */
    public static final String ROLE = "pgfork.dev/role";

    /** On the pods that the Service {@code <database>-ro} selects; its value is the database's name. */
    public static final String READ = "pgfork.dev/read";

    /**
     * Annotation: the owner's uid, on objects without an ownerReference: volumes of databases, and what is in another
     * namespace than its owner, or in none.
     */
    public static final String OWNER_UID = "pgfork.dev/owner-uid";

    /** On the fork {@code <database>-masked} that pgfork keeps of a database. */
    public static final String MASKED_COPY = "pgfork.dev/masked-copy";

    /** Annotation of that fork: how often in a row it could not be made again. */
    public static final String FAILED_REFRESHES = "pgfork.dev/failed-refreshes";

    /** Annotation of that fork: the generation of the database's spec that it was last made again for. */
    public static final String REFRESHED_FOR = "pgfork.dev/refreshed-for";

    /** Annotation of a Secret with passwords: name of the resource whose they are. */
    public static final String AUTHORITY = "pgfork.dev/authority";

    /** Annotations that a volume carries so that it can be recognised after its database is gone. */
    public static final String VOLUME_DATABASE = "pgfork.dev/database";

    public static final String VOLUME_INSTANCE = "pgfork.dev/instance-name";
    public static final String VOLUME_SYSTEM_IDENTIFIER = "pgfork.dev/system-identifier";
    public static final String VOLUME_EPOCH = "pgfork.dev/epoch";
    public static final String VOLUME_BOOTSTRAP_DATABASE = "pgfork.dev/bootstrap-database";
    public static final String VOLUME_BOOTSTRAP_OWNER = "pgfork.dev/bootstrap-owner";

    /** Annotation of a Service: the names of the annotations that its resource wants on it, with commas. */
    public static final String ANNOTATED = "pgfork.dev/annotations";

    /** Annotation of pods: which version of image, resources and pod settings they have. */
    public static final String POD = "pgfork.dev/pod";

    /** Annotation of a fork's volume: the sanitize steps that were noted before its cut, as JSON. */
    public static final String VOLUME_SANITIZE = "pgfork.dev/sanitize";

    /** Annotation of a volume that only people delete; its value is the reason. */
    public static final String KEPT = "pgfork.dev/kept";

    /** Annotation: what Argo CD may not do with an object that it takes for one of its application's. */
    public static final String ARGO_CD_SYNC = "argocd.argoproj.io/sync-options";

    public static final String ARGO_CD_KEEPS = "Prune=false";

    private Labels() {}

    /** Labels of every object of a resource: without them no informer hears of it. */
    public static SortedMap<String, String> of(Owner owner) {
        var labels = recommended(owner);
        labels.put(MANAGED_BY, MANAGED_BY_PGFORK);
        labels.put(INSTANCE, owner.name());
        labels.put(OWNER_KIND, owner.kind().toLowerCase(Locale.ROOT));
        return labels;
    }

    /** Labels of an object that is in another namespace than its owner, or in none. */
    public static SortedMap<String, String> abroad(Owner owner) {
        var labels = of(owner);
        labels.put(OWNER_NAMESPACE, owner.namespace());
        return labels;
    }

    /** Those of them that are only for tools to show: nothing breaks where a user puts another value. */
    public static SortedMap<String, String> recommended(Owner owner) {
        var labels = new TreeMap<String, String>();
        labels.put(APP_NAME, "postgresql");
        labels.put(APP_INSTANCE, owner.name());
        labels.put(APP_COMPONENT, owner.kind().toLowerCase(Locale.ROOT));
        labels.put(APP_PART_OF, MANAGED_BY_PGFORK);
        return labels;
    }
}
