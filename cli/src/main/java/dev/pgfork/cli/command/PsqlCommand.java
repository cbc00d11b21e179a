package dev.pgfork.cli.command;

import dev.pgfork.cli.cluster.Cluster;
import dev.pgfork.cli.resource.Failure;
import dev.pgfork.cli.resource.InstancePod;
import dev.pgfork.cli.resource.Login;
import dev.pgfork.cli.resource.PgResource;
import dev.pgfork.cli.resource.ResourceName;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Opens psql as the owner of the database. */
@Command(
        name = "psql",
        description = {
            "Runs psql as the owner of the database: this machine's, through a forwarded port, or the pod's own.",
            "What follows after -- is for psql: kubectl pgfork psql shop -- -c 'select 1'"
        })
public final class PsqlCommand extends ClusterCommand {
    @Parameters(index = "0", paramLabel = "NAME", description = "Database, follower or fork.")
    private ResourceName name = ResourceName.parse("?");

    @Parameters(index = "1..*", paramLabel = "ARGUMENT", description = "For psql.")
    private List<String> arguments = new ArrayList<>();

    @Option(names = "--in-pod", description = "The pod's own psql, even if this machine has one.")
    private boolean inPod;

    @Mixin
    private final ServerOption server = new ServerOption();

    public PsqlCommand(Environment environment) {
        super(environment);
    }

    @Override
    int run(Cluster cluster) {
        var resource = cluster.get(name);
        var pod = InstancePod.nameOf(server.serverOf(resource, cluster));
        var secret = secretOf(resource, cluster);
        var login = Login.of(secret, cluster.secret(secret));
        if (!inPod && environment().programs().has("psql")) {
            return new LocalPsql(environment().programs()).run(login, cluster.pods(), pod, arguments);
        }
        if (!inPod) {
            terminal().err().println("There is no psql on this machine: running that of pod " + pod);
        }
        return runInPod(cluster, pod, login);
    }

    /** A follower lets in whom its leader lets in. */
    private static String secretOf(PgResource resource, Cluster cluster) {
        return resource.secret()
                .or(() -> resource instanceof PgResource.Follower
                        ? resource.origin()
                                .flatMap(leader -> cluster.find(leader.kind(), leader.name()))
                                .flatMap(PgResource::secret)
                        : Optional.empty())
                .orElseThrow(() ->
                        new Failure("%s has no Secret yet: it is %s".formatted(resource.title(), resource.phase())));
    }

    /** By kubectl, which knows how to lend a terminal to a process in a pod. */
    private int runInPod(Cluster cluster, String pod, Login login) {
        var command = new ArrayList<>(List.of("kubectl"));
        command.addAll(cluster.settings().asArguments());
        command.addAll(List.of("--namespace=" + cluster.namespace(), "exec", "--stdin"));
        if (terminal().isInteractive()) {
            command.add("--tty");
        }
        command.addAll(List.of(
                pod,
                "--container=" + InstancePod.CONTAINER,
                "--",
                "env",
                // Inside of the pod only the superuser is let in without a password: he becomes the owner.
                "PGOPTIONS=-c role=" + optionValue(login.user()),
                "psql",
                "--username=" + InstancePod.SUPERUSER,
                "--dbname=" + login.database()));
        command.addAll(arguments);
        return environment().programs().run(command, any -> true, Map.of());
    }

    /** PGOPTIONS is split at spaces. */
    private static String optionValue(String value) {
        return value.replace("\\", "\\\\").replace(" ", "\\ ");
    }
}
