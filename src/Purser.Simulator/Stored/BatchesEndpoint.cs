using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Purser.Simulator.Answers;
using Purser.Simulator.Http;
using Purser.Simulator.OpenAI;
using Purser.Simulator.Requests;

namespace Purser.Simulator.Stored;

/// <summary>The batches of OpenAI and of Anthropic.</summary>
internal sealed class BatchesEndpoint(SimulatorState state, LineRunner runner)
{
    // Older ones are forgotten; they run to their end all the same.
    private const int Most = 1000;

    private static readonly string[] Endpoints =
    [
        "/v1/chat/completions",
        "/v1/responses",
        "/v1/embeddings",
        "/v1/moderations",
        "/v1/images/generations",
    ];

    private readonly List<OpenAIBatch> batches = [];
    private readonly List<AnthropicBatch> messages = [];
    private readonly Lock gate = new();

    /// <summary>Takes a batch of OpenAI's, and starts it.</summary>
    public StoredAnswer Create(HttpRequest request, ReadOnlySpan<byte> body)
    {
        JsonElement asked;
        try
        {
            var reader = new Utf8JsonReader(body);
            asked = JsonElement.ParseValue(ref reader);
        }
        catch (JsonException)
        {
            return OpenAIErrors.NotJson;
        }

        var (endpoint, fileId) = (Json.Text(asked, "endpoint"), Json.Text(asked, "input_file_id"));
        var missing = Array.Find(["input_file_id", "endpoint", "completion_window"], name => Json.Text(asked, name) is null);
        if (missing is not null)
        {
            return OpenAIErrors.MissingParameter(missing);
        }

        if (!Endpoints.Contains(endpoint) || Json.Text(asked, "completion_window") != "24h")
        {
            var (name, values) = Endpoints.Contains(endpoint) ? ("completion_window", "24h") : ("endpoint", string.Join("', '", Endpoints));
            var message = $"Invalid value: '{Json.Text(asked, name)}'. Supported values are: '{values}'.";
            return new RequestError(400, "invalid_request_error", message, name, "invalid_value");
        }

        if (state.OpenAIFiles.Find(fileId!) is not { } input)
        {
            return new RequestError(400, "invalid_request_error", $"Invalid input_file_id: no such File object: {fileId}", "input_file_id");
        }

        var random = new SeededRandom(state.NextRefusal());
        var job = new BatchJob(Ids.Batch(ref random), state.Time.GetUtcNow(), Headers(request, "Authorization"));
        job.StartWaiting(state);
        var metadata = Json.Get(asked, "metadata") is { } said ? JsonNode.Parse(said.GetRawText()) : null;
        var batch = new OpenAIBatch(job, endpoint!, input, metadata);
        Add(batches, batch);
        var answer = batch.ToJson();
        _ = Task.Run(() => batch.RunAsync(state, runner));
        return answer;
    }

    /// <summary>Lists OpenAI's batches.</summary>
    public StoredAnswer List(IQueryCollection query)
    {
        var page = StoredAnswer.Page(All(batches).Select(batch => batch.ToJson()), query["after"], FilesEndpoint.Limit(query));
        page.Insert(0, "object", "list");
        return page;
    }

    /// <summary>Tells of a batch of OpenAI's.</summary>
    public StoredAnswer Get(string id) => Find(id) is { } batch ? batch.ToJson() : Missing(id);

    /// <summary>Cancels a batch of OpenAI's.</summary>
    public StoredAnswer Cancel(string id) =>
        Find(id) is not { } batch ? Missing(id)
        : batch.Job.Cancel(state.Time.GetUtcNow()) ? batch.ToJson()
        : new RequestError(409, "invalid_request_error", $"Cannot cancel a batch with status '{batch.ToJson()["status"]}'.");

    /// <summary>Takes a batch of messages, and starts it.</summary>
    public StoredAnswer CreateMessages(HttpRequest request, ReadOnlySpan<byte> body)
    {
        if (AnthropicBatch.Read(body, out var error) is not { } lines)
        {
            return error!;
        }

        var random = new SeededRandom(state.NextRefusal());
        var headers = Headers(request, "x-api-key", "Authorization", "anthropic-version", "anthropic-beta");
        var job = new BatchJob(Ids.MessageBatch(ref random), state.Time.GetUtcNow(), headers);
        job.StartWaiting(state);
        job.Begin(lines);
        var batch = new AnthropicBatch(job, $"{request.Scheme}://{request.Host}");
        Add(messages, batch);
        var answer = batch.ToJson();
        _ = Task.Run(() => job.RunAsync(state, runner));
        return StoredAnswer.Compact(answer);
    }

    /// <summary>Lists batches of messages.</summary>
    public StoredAnswer ListMessages(IQueryCollection query) =>
        StoredAnswer.Compact(
            StoredAnswer.Page(All(messages).Select(batch => batch.ToJson()), query["after_id"], FilesEndpoint.Limit(query))
        );

    /// <summary>Tells of a batch of messages.</summary>
    public StoredAnswer GetMessages(string id) =>
        FindMessages(id) is { } batch ? StoredAnswer.Compact(batch.ToJson()) : MissingMessages(id);

    /// <summary>Takes a batch of messages away once it has ended.</summary>
    public StoredAnswer DeleteMessages(string id)
    {
        if (FindMessages(id) is not { } batch)
        {
            return MissingMessages(id);
        }

        if (batch.Job.Stage != BatchStage.Ended)
        {
            return Invalid($"Message Batch {id} cannot be deleted while it is in progress.");
        }

        lock (gate)
        {
            messages.Remove(batch);
        }

        return StoredAnswer.Compact(new JsonObject { ["id"] = id, ["type"] = "message_batch_deleted" });
    }

    /// <summary>Cancels a batch of messages.</summary>
    public StoredAnswer CancelMessages(string id) =>
        FindMessages(id) is not { } batch ? MissingMessages(id)
        : batch.Job.Cancel(state.Time.GetUtcNow()) ? StoredAnswer.Compact(batch.ToJson())
        : Invalid($"Message Batch {id} has already ended.");

    /// <summary>The results of a batch of messages.</summary>
    public StoredAnswer Results(string id) =>
        FindMessages(id) is not { } batch ? MissingMessages(id)
        : batch.Job.Stage != BatchStage.Ended ? Invalid($"Message Batch {id} has no available results.")
        : new StoredAnswer(batch.Results(), "application/x-jsonl", null);

    private static RequestError Invalid(string message) => new(400, "invalid_request_error", message);

    private static RequestError Missing(string id) => new(404, "invalid_request_error", $"No batch found with id '{id}'.");

    private static RequestError MissingMessages(string id) => new(404, "not_found_error", $"Message Batch {id} not found.");

    private static Dictionary<string, string> Headers(HttpRequest request, params string[] names) =>
        names
            .Where(name => request.Headers.ContainsKey(name))
            .ToDictionary(name => name, name => request.Headers[name].ToString(), StringComparer.OrdinalIgnoreCase);

    private OpenAIBatch? Find(string id) => All(batches).FirstOrDefault(batch => batch.Job.Id == id);

    private AnthropicBatch? FindMessages(string id) => All(messages).FirstOrDefault(batch => batch.Job.Id == id);

    private IReadOnlyList<T> All<T>(List<T> of)
    {
        lock (gate)
        {
            return [.. of];
        }
    }

    private void Add<T>(List<T> to, T batch)
    {
        lock (gate)
        {
            to.Add(batch);
            if (to.Count > Most)
            {
                to.RemoveAt(0);
            }
        }
    }
}
