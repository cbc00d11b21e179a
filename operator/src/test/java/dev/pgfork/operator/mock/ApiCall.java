package dev.pgfork.operator.mock;

import io.fabric8.mockwebserver.http.RecordedRequest;
import java.util.List;
import java.util.Locale;

/**
 * A request in the words of RBAC.
 *
 * @param verb get, list, watch, create, update, patch or delete
 * @param group empty for the core group
 * @param resource with the subresource, for instance {@code pods/exec}; empty for a question about the API itself
 * @param name empty where the request names no object
 */
public record ApiCall(String verb, String group, String resource, String name) {

    static ApiCall of(RecordedRequest request) {
        var path = request.getPath().split("\\?", 2);
        var watches = path.length > 1 && path[1].contains("watch=true");
        var parts = List.of(path[0].substring(1).split("/"));
        var isCore = parts.getFirst().equals("api");
        var group = isCore || parts.size() < 2 ? "" : parts.get(1);
        var rest = parts.stream().skip(isCore ? 2 : 3).toList();
        if (rest.size() > 2 && rest.getFirst().equals("namespaces")) {
            rest = rest.subList(2, rest.size());
        }
        var name = rest.size() > 1 ? rest.get(1) : "";
        var resource = rest.isEmpty() ? "" : rest.getFirst() + (rest.size() > 2 ? "/" + rest.get(2) : "");
        return new ApiCall(verb(request, watches, name.isEmpty()), group, resource, name);
    }

    private static String verb(RecordedRequest request, boolean watches, boolean all) {
        return switch (request.method()) {
            case GET -> watches ? "watch" : all ? "list" : "get";
            case POST -> "create";
            case PUT -> "update";
            case PATCH -> "patch";
            case DELETE -> "delete";
            default -> request.getMethod().toLowerCase(Locale.ROOT);
        };
    }
}
