package dev.pgfork.operator.instance;

import dev.pgfork.operator.kube.Looked;
import java.util.Optional;

/**
 * What was seen of a volume that is to become larger.
 *
 * @param allowed whether the volume's StorageClass lets it; Absent: there is nothing to ask, for the claim asks for
 *     enough
 * @param warning Kubernetes' latest Warning event about the claim, as {@code Reason: message}; only asked for while the
 *     volume is smaller than its claim
 */
public record Growth(Looked<Boolean> allowed, Optional<String> warning) {
    /** Of a volume that is as large as it is to be. */
    public static final Growth NONE = new Growth(new Looked.Absent<>(), Optional.empty());
}
