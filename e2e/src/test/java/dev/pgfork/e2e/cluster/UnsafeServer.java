package dev.pgfork.e2e.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;

/**
 * Restarts an instance with options for {@code postgres} that pgfork would never pass. As its command line cannot be
 * changed from outside, the program itself is covered by a script that adds them.
 */
public record UnsafeServer(TestNamespace namespace, Instance instance) {

    private static final String PROGRAM = "/usr/lib/postgresql/17/bin/postgres";
    private static final String SCRIPT = "unsafe-postgres";

    /** @param options for {@code postgres}; the last of several equal ones wins */
    public void restartWith(String options) {
        // Named like the program it covers: Postgres looks for its other files from there.
        namespace.apply("""
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: %s}
                data:
                  postgres: |
                    #!/bin/bash
                    exec -a %s /unsafe/postgres "$@" %s
                """.formatted(SCRIPT, PROGRAM, options));
        namespace
                .client()
                .apps()
                .statefulSets()
                .inNamespace(namespace.name())
                .withName(instance.generationName())
                .edit(set -> {
                    var pod = set.getSpec().getTemplate().getSpec();
                    var server = pod.getContainers().getFirst();
                    pod.getInitContainers().add(copyOfTheProgram(server));
                    pod.getVolumes()
                            .add(new VolumeBuilder()
                                    .withName("unsafe")
                                    .withNewEmptyDir()
                                    .endEmptyDir()
                                    .build());
                    pod.getVolumes()
                            .add(new VolumeBuilder()
                                    .withName("unsafe-script")
                                    .withNewConfigMap()
                                    .withName(SCRIPT)
                                    .withDefaultMode(0555)
                                    .endConfigMap()
                                    .build());
                    server.getVolumeMounts()
                            .add(new VolumeMountBuilder()
                                    .withName("unsafe")
                                    .withMountPath("/unsafe")
                                    .build());
                    server.getVolumeMounts()
                            .add(new VolumeMountBuilder()
                                    .withName("unsafe-script")
                                    .withMountPath(PROGRAM)
                                    .withSubPath("postgres")
                                    .build());
                    return set;
                });
        instance.deletePod();
        instance.awaitServing();
        var first = options.split("[ =]", 2)[0].substring("--".length());
        assertThat(options).contains(first + "=" + instance.psql("show " + first));
    }

    private static Container copyOfTheProgram(Container server) {
        return new ContainerBuilder()
                .withName("copy-postgres")
                .withImage(server.getImage())
                .withCommand("cp", PROGRAM, "/unsafe/postgres")
                .withSecurityContext(server.getSecurityContext())
                .addNewVolumeMount()
                .withName("unsafe")
                .withMountPath("/unsafe")
                .endVolumeMount()
                .build();
    }
}
