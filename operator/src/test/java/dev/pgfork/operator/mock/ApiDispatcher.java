package dev.pgfork.operator.mock;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.server.mock.KubernetesCrudDispatcher;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.fabric8.mockwebserver.crud.AttributeSet;
import io.fabric8.mockwebserver.dsl.HttpMethod;
import io.fabric8.mockwebserver.http.Buffer;
import io.fabric8.mockwebserver.http.Headers;
import io.fabric8.mockwebserver.http.MockResponse;
import io.fabric8.mockwebserver.http.RecordedRequest;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The client's own test server, and what it lacks: server-side apply, preconditions on uids, field selectors of events
 * and the collection of objects whose owners are gone.
 */
final class ApiDispatcher extends KubernetesCrudDispatcher {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final KubernetesSerialization TYPES = new KubernetesSerialization();

    private final Object writing = new Object();
    private final Map<String, JsonNode> applied = new HashMap<>();
    private final Map<String, JsonNode> created = new HashMap<>();

    /** The objects that the collector of garbage saw last, by their text: it looks often, and few have changed. */
    private final Map<String, JsonNode> kept = new HashMap<>();

    private final Map<String, Set<ApiCall>> calls = new ConcurrentHashMap<>();
    private final List<Function<ApiCall, Optional<Refusal>>> refusals = new CopyOnWriteArrayList<>();
    private final Watches watches = new Watches();
    private final Runnable changed;

    /** @param code of the HTTP answer */
    record Refusal(int code, String message) {}

    /** @param changed called after every change, on the thread that answers: must return at once */
    ApiDispatcher(Runnable changed) {
        this.changed = changed;
    }

    Set<ApiCall> calls(String token) {
        return Set.copyOf(calls.getOrDefault(token, Set.of()));
    }

    void refuse(Function<ApiCall, Optional<Refusal>> refusal) {
        refusals.add(refusal);
    }

    /** Such calls get no answer until the latch is open. */
    void hang(Predicate<ApiCall> calls, CountDownLatch until) {
        refusals.add(call -> {
            if (calls.test(call)) {
                try {
                    until.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
            return Optional.empty();
        });
    }

    /** Somebody else is faster: makes the object right before the next such call is answered. */
    void createBefore(Predicate<ApiCall> calls, HasMetadata object) {
        var pending = new AtomicBoolean(true);
        var json = parsed(TYPES.asJson(object));
        var path = path(json);
        refusals.add(call -> {
            if (calls.test(call) && pending.compareAndSet(true, false)) {
                super.dispatch(request(HttpMethod.POST, path.substring(0, path.lastIndexOf('/')), json));
            }
            return Optional.empty();
        });
    }

    void refuseNothing() {
        refusals.clear();
    }

    @Override
    public MockResponse dispatch(RecordedRequest request) {
        var call = ApiCall.of(request);
        calls.computeIfAbsent(token(request), token -> ConcurrentHashMap.newKeySet())
                .add(call);
        var refusal =
                refusals.stream().flatMap(refuse -> refuse.apply(call).stream()).findFirst();
        if (refusal.isPresent()) {
            return failure(refusal.get().code(), refusal.get().message());
        }
        if (request.method() == HttpMethod.GET) {
            return call.resource().equals("events") && request.getPath().contains("fieldSelector")
                    ? events(request)
                    : super.dispatch(request);
        }
        synchronized (writing) {
            return write(request);
        }
    }

    private static String token(RecordedRequest request) {
        var authorization = request.getHeader("Authorization");
        return authorization == null ? "" : authorization.replaceFirst("^Bearer ", "");
    }

    private MockResponse write(RecordedRequest request) {
        var contentType = request.getHeader("Content-Type");
        if (request.method() == HttpMethod.PATCH
                && contentType != null
                && contentType.startsWith("application/apply-patch")) {
            return apply(request);
        }
        if (contentType != null && contentType.startsWith("application/merge-patch")) {
            return merge(request, contentType);
        }
        return switch (request.method()) {
            case DELETE -> delete(request);
            case POST -> create(request);
            default -> super.dispatch(request);
        };
    }

    /** A merge patch replaces a list; the mock server would add to it, so that no finalizer ever came off. */
    private MockResponse merge(RecordedRequest request, String contentType) {
        var body = parsed(request.getUtf8Body());
        var wanted = body.path("metadata");
        if (!wanted.has("finalizers")) {
            return super.dispatch(request(HttpMethod.PATCH, request.getPath(), contentType, body));
        }
        var current = current(request.getPath().split("\\?", 2)[0]);
        if (current == null) {
            return failure(404, request.getPath() + " not found");
        }
        for (var precondition : List.of("uid", "resourceVersion")) {
            if (wanted.has(precondition)
                    && !wanted.path(precondition)
                            .equals(current.path("metadata").path(precondition))) {
                return failure(409, "Precondition failed: " + precondition);
            }
        }
        var patch = JSON.createArrayNode();
        patch.addObject().put("op", "add").put("path", "/metadata/finalizers").set("value", wanted.path("finalizers"));
        var response =
                super.dispatch(request(HttpMethod.PATCH, request.getPath(), "application/json-patch+json", patch));
        // An object that went with its last finalizer is answered as it was last.
        return text(response).isEmpty() ? response.setBody(current.toString()) : response;
    }

    /** Notes who made it, as the API server does. */
    private MockResponse create(RecordedRequest request) {
        var object = (ObjectNode) parsed(request.getUtf8Body());
        var agent = request.getHeader("User-Agent");
        ((ObjectNode) object.path("metadata"))
                .putArray("managedFields")
                .addObject()
                .put("manager", agent == null ? "unknown" : agent.split("/", 2)[0])
                .put("operation", "Update");
        var response = super.dispatch(request(HttpMethod.POST, request.getPath(), object));
        if (response.code() < 300) {
            created.put(uid(parsed(text(response))), object);
        }
        return response;
    }

    /** What a manager applied last; a create counts once its note has been changed into one of an apply. */
    private @Nullable JsonNode before(String key, String manager, JsonNode current) {
        for (var entry : current.path("metadata").path("managedFields")) {
            if (entry.path("manager").asText().equals(manager)
                    && entry.path("operation").asText().equals("Apply")) {
                return applied.getOrDefault(key, created.get(uid(current)));
            }
        }
        return applied.get(key);
    }

    private MockResponse apply(RecordedRequest request) {
        var path = request.getPath().split("\\?", 2);
        var object = path[0].replaceFirst("/status$", "");
        var manager = parameter(path[1], "fieldManager");
        var key = path[0] + " " + manager;
        var patch = (ObjectNode) parsed(request.getUtf8Body());
        var wanted = patch.path("metadata").path("uid").asText("");
        var current = current(object);
        if (current == null && path[0].endsWith("/status")) {
            return failure(404, object + " not found");
        }
        if (current == null) {
            return wanted.isEmpty() ? created(object, key, patch) : failure(409, "uid mismatch: no existing object");
        }
        var uid = uid(current);
        if (!wanted.isEmpty() && !wanted.equals(uid)) {
            return failure(409, "uid mismatch: the object has " + uid);
        }
        var version = patch.path("metadata").path("resourceVersion").asText("");
        if (!version.isEmpty()
                && !version.equals(
                        current.path("metadata").path("resourceVersion").asText())) {
            return failure(409, "the object has been modified; please apply your changes to the latest version");
        }
        var before = before(key + uid, manager, current);
        if (before == null && !path[1].contains("force=true")) {
            return failure(409, "Apply failed with conflicts");
        }
        var put = request(HttpMethod.PUT, path[0], ServerSideApply.merged(current, before, patch));
        var response = super.dispatch(put);
        if (response.code() < 300) {
            applied.put(key + uid, patch);
        }
        return response;
    }

    private MockResponse created(String path, String key, ObjectNode patch) {
        var response = super.dispatch(request(HttpMethod.POST, path.substring(0, path.lastIndexOf('/')), patch));
        if (response.code() < 300) {
            applied.put(key + uid(parsed(text(response))), patch);
        }
        return response;
    }

    private MockResponse delete(RecordedRequest request) {
        var path = request.getPath().split("\\?", 2)[0];
        var current = current(path);
        if (current == null) {
            return failure(404, path + " not found");
        }
        var body = request.getUtf8Body();
        var uid = body == null || body.isBlank()
                ? ""
                : parsed(body).path("preconditions").path("uid").asText("");
        if (!uid.isEmpty() && !uid.equals(current.path("metadata").path("uid").asText())) {
            return failure(409, "Precondition failed: UID in precondition: " + uid);
        }
        return handleDelete(path);
    }

    private MockResponse events(RecordedRequest request) {
        var path = request.getPath().split("\\?", 2);
        var selector = parameter(path[1], "fieldSelector");
        var response = super.handleGet(path[0]);
        var list = (ObjectNode) parsed(text(response));
        var items = JSON.createArrayNode();
        for (var item : list.path("items")) {
            var all = true;
            for (var requirement : selector.split(",", -1)) {
                var parts = requirement.split("=", 2);
                all &= item.at("/" + parts[0].replace('.', '/')).asText().equals(parts[1]);
            }
            if (all) {
                items.add(item);
            }
        }
        list.set("items", items);
        return new MockResponse().setResponseCode(200).setBody(list.toString());
    }

    /** Deletes what has owners none of which is there any more. */
    void collectGarbage() {
        synchronized (writing) {
            synchronized (map) {
                kept.keySet().retainAll(Set.copyOf(map.values()));
                map.values().forEach(json -> kept.computeIfAbsent(json, ApiDispatcher::parsed));
            }
            var uids = kept.values().stream().map(ApiDispatcher::uid).collect(Collectors.toSet());
            kept.values().stream()
                    .filter(object -> isOrphan(object, uids))
                    .forEach(object -> handleDelete(path(object)));
        }
    }

    private static boolean isOrphan(JsonNode object, Set<String> uids) {
        var owners = object.path("metadata").path("ownerReferences");
        for (var owner : owners) {
            if (uids.contains(owner.path("uid").asText())) {
                return false;
            }
        }
        return !owners.isEmpty();
    }

    private static String path(JsonNode object) {
        HasMetadata typed = TYPES.unmarshal(object.toString());
        var meta = typed.getMetadata();
        return (typed.getApiVersion().contains("/") ? "/apis/" : "/api/") + typed.getApiVersion()
                + (meta.getNamespace() == null ? "" : "/namespaces/" + meta.getNamespace())
                + "/" + typed.getPlural() + "/" + meta.getName();
    }

    @Override
    public MockResponse handleWatch(String path) {
        var query = attributeExtractor.fromPath(path);
        var version = parameter(path.substring(path.indexOf('?') + 1), "resourceVersion");
        if (version.isEmpty()) {
            return new MockResponse().withWebSocketUpgrade(watches.fromNow(map, query));
        }
        var since = Long.parseLong(version);
        return watches.remember(since)
                ? new MockResponse().withWebSocketUpgrade(watches.since(since, query))
                : failure(410, "too old resource version: " + since);
    }

    @Override
    public void processEvent(
            String path,
            AttributeSet pathAttributes,
            @Nullable AttributeSet oldAttributes,
            @Nullable GenericKubernetesResource resource,
            @Nullable String newState) {
        var before = oldAttributes == null ? null : map.get(oldAttributes);
        super.processEvent(path, pathAttributes, oldAttributes, resource, newState);
        if (!Objects.equals(before, newState)) {
            var attributes = map.entrySet().stream()
                    .filter(entry -> entry.getValue().equals(newState))
                    .map(Map.Entry::getKey)
                    .findFirst()
                    .orElse(null);
            watches.tell(new Watches.Change(requestResourceVersion(), oldAttributes, attributes, before, newState));
        }
        changed.run();
    }

    @Override
    public void shutdown() {
        watches.close();
    }

    private @Nullable JsonNode current(String path) {
        var response = super.handleGet(path);
        return response.code() == 200 ? parsed(text(response)) : null;
    }

    private static RecordedRequest request(HttpMethod method, String path, JsonNode body) {
        return request(method, path, "application/json", body);
    }

    private static RecordedRequest request(HttpMethod method, String path, String contentType, JsonNode body) {
        return new RecordedRequest(
                "HTTP/1.1",
                method,
                path,
                Headers.builder().add("Content-Type", contentType).build(),
                new Buffer(body.toString().getBytes(StandardCharsets.UTF_8)));
    }

    private static String parameter(String query, String name) {
        for (var pair : query.split("&", -1)) {
            if (pair.startsWith(name + "=")) {
                return URLDecoder.decode(pair.substring(name.length() + 1), StandardCharsets.UTF_8);
            }
        }
        return "";
    }

    private static JsonNode parsed(String json) {
        try {
            return JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(json, e);
        }
    }

    private static String uid(JsonNode object) {
        return object.path("metadata").path("uid").asText();
    }

    private static String text(MockResponse response) {
        return new String(response.getBody().getBytes(), StandardCharsets.UTF_8);
    }

    private static MockResponse failure(int code, String message) {
        return new MockResponse()
                .setResponseCode(code)
                .setBody(TYPES.asJson(new StatusBuilder()
                        .withStatus("Failure")
                        .withCode(code)
                        .withMessage(message)
                        .withReason(code == 409 ? "Conflict" : "Refused")
                        .build()));
    }
}
