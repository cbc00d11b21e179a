package dev.pgfork.operator.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HttpEndpointTest {
    private List<String> unhealthy = List.of();
    private List<String> unready = List.of();
    private final HttpEndpoint endpoint = new HttpEndpoint(0, () -> unhealthy, () -> unready, () -> "pgfork_up 1\n");
    private final HttpClient client = HttpClient.newHttpClient();

    @AfterEach
    void close() {
        client.close();
        endpoint.close();
    }

    @Test
    void answersWell() throws Exception {
        assertThat(get("/healthz")).isEqualTo("200 ok\n");
        assertThat(get("/readyz")).isEqualTo("200 ok\n");
        assertThat(get("/metrics")).isEqualTo("200 pgfork_up 1\n");
        assertThat(get("/")).startsWith("404");
    }

    @Test
    void saysWhatIsWrong() throws Exception {
        unhealthy = List.of("pods are not heard of", "secrets are not heard of");
        unready = List.of("filling caches");

        assertThat(get("/healthz")).isEqualTo("503 pods are not heard of\nsecrets are not heard of\n");
        assertThat(get("/readyz")).isEqualTo("503 filling caches\n");
    }

    @Test
    void refusesAPortThatIsTaken() {
        assertThatThrownBy(() -> new HttpEndpoint(endpoint.port(), List::of, List::of, () -> ""))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessage("cannot listen on port " + endpoint.port());
    }

    private String get(String path) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create("http://localhost:" + endpoint.port() + path))
                .build();
        var response = client.send(request, HttpResponse.BodyHandlers.ofString());
        return response.statusCode() + " " + response.body();
    }
}
