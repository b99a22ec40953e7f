using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Purser.Simulator.Answers;
using Purser.Simulator.Http;
using Purser.Simulator.Requests;

namespace Purser.Simulator.Stored;

/// <summary>A batch as OpenAI has it: its requests come from a file, and its answers and errors go to two more.</summary>
/// <param name="job">The batch.</param>
/// <param name="endpoint">The endpoint of its requests.</param>
/// <param name="input">The file of its requests.</param>
/// <param name="metadata">The client's own data; null for none.</param>
internal sealed class OpenAIBatch(BatchJob job, string endpoint, StoredFile input, JsonNode? metadata)
{
    private static readonly JsonSerializerOptions Compact = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private JsonArray? errors;
    private string? outputFile;
    private string? errorFile;
    private string? model;

    /// <summary>The batch.</summary>
    public BatchJob Job => job;

    /// <summary>Reads its requests, runs them and writes the files.</summary>
    public async Task RunAsync(SimulatorState state, LineRunner runner)
    {
        var lines = ReadLines();
        if (errors is not null)
        {
            job.Fail(state.Time.GetUtcNow());
            return;
        }

        job.Begin(lines);
        await job.RunAsync(state, runner, () => WriteFiles(state));
    }

    /// <summary>Its JSON.</summary>
    public JsonObject ToJson()
    {
        var (results, ended, isCancelled) = (job.Results, job.EndedAt?.ToUnixTimeSeconds(), job.CancelledAt is not null);
        var created = job.Created.ToUnixTimeSeconds();
        var failed = job.Stage == BatchStage.Failed;
        var began = job.Stage == BatchStage.Validating || failed ? (long?)null : created;
        return new JsonObject
        {
            ["id"] = job.Id,
            ["object"] = "batch",
            ["endpoint"] = endpoint,
            ["model"] = model,
            ["errors"] = errors is null ? null : new JsonObject { ["object"] = "list", ["data"] = errors.DeepClone() },
            ["input_file_id"] = input.Id,
            ["completion_window"] = "24h",
            ["status"] = Status(isCancelled),
            ["output_file_id"] = outputFile,
            ["error_file_id"] = errorFile,
            ["created_at"] = created,
            ["in_progress_at"] = began,
            ["expires_at"] = created + 86_400,
            ["finalizing_at"] = failed || isCancelled ? null : ended,
            ["completed_at"] = failed || isCancelled ? null : ended,
            ["failed_at"] = failed ? ended : null,
            ["expired_at"] = null,
            ["cancelling_at"] = job.CancelledAt?.ToUnixTimeSeconds(),
            ["cancelled_at"] = isCancelled ? ended : null,
            ["request_counts"] = new JsonObject
            {
                ["total"] = job.Lines.Count,
                ["completed"] = results.Count(result => result.Succeeded),
                ["failed"] = results.Count(result => !result.Succeeded),
            },
            ["usage"] = Usage(results),
            ["metadata"] = metadata?.DeepClone(),
        };
    }

    private string Status(bool isCancelled) =>
        job.Stage switch
        {
            BatchStage.Validating => "validating",
            BatchStage.Running => "in_progress",
            BatchStage.Cancelling => "cancelling",
            BatchStage.Failed => "failed",
            _ => isCancelled ? "cancelled" : "completed",
        };

    private List<BatchLine> ReadLines()
    {
        var lines = new List<BatchLine>();
        var number = 0;
        foreach (var text in Encoding.UTF8.GetString(input.Content).Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0))
        {
            number++;
            try
            {
                var json = JsonDocument.Parse(text).RootElement;
                var (customId, url) = (Json.Text(json, "custom_id"), Json.Text(json, "url"));
                var body = Json.Get(json, "body");
                Check(customId is not null, number, "missing_required_parameter", "custom_id", "Missing required parameter: 'custom_id'.");
                Check(
                    url == endpoint,
                    number,
                    "mismatched_endpoint",
                    "url",
                    "The URL provided for this request does not match the batch endpoint."
                );
                Check(body is not null, number, "missing_required_parameter", "body", "Missing required parameter: 'body'.");
                Check(
                    lines.TrueForAll(line => line.CustomId != customId),
                    number,
                    "duplicate_custom_id",
                    "custom_id",
                    $"The custom_id '{customId}' is not unique."
                );
                model ??= Json.Text(body ?? default, "model");
                lines.Add(new BatchLine(customId ?? "", endpoint, body is { } sent ? Json.Raw(sent) : []));
            }
            catch (JsonException)
            {
                Check(false, number, "invalid_json_line", null, "This line is not parseable as valid JSON.");
            }
        }

        Check(number > 0, null, "empty_file", null, "The input file is empty.");
        return lines;
    }

    private void Check(bool isRight, int? line, string code, string? parameter, string message)
    {
        if (!isRight)
        {
            errors ??= [];
            errors.Add(
                (JsonNode)
                    new JsonObject
                    {
                        ["code"] = code,
                        ["line"] = line,
                        ["message"] = message,
                        ["param"] = parameter,
                    }
            );
        }
    }

    private void WriteFiles(SimulatorState state)
    {
        outputFile = Write(state, "output", job.Results.Where(result => result.Succeeded));
        errorFile = Write(state, "error", job.Results.Where(result => !result.Succeeded));
    }

    private string? Write(SimulatorState state, string kind, IEnumerable<BatchResult> results)
    {
        var random = new SeededRandom(state.NextRefusal());
        var text = new StringBuilder();
        foreach (var result in results)
        {
            text.Append(Line(result, Ids.BatchRequest(ref random)).ToJsonString(Compact)).Append('\n');
        }

        if (text.Length == 0)
        {
            return null;
        }

        var content = Encoding.UTF8.GetBytes(text.ToString());
        var id = Ids.File(ref random);
        state.OpenAIFiles.Add(
            new StoredFile(id, $"{job.Id}_{kind}.jsonl", "batch_output", "application/jsonl", content, state.Time.GetUtcNow())
        );
        return id;
    }

    private JsonObject Line(BatchResult result, string id) =>
        new()
        {
            ["id"] = id,
            ["custom_id"] = result.CustomId,
            ["response"] = result.Status is null
                ? null
                : new JsonObject
                {
                    ["status_code"] = result.Status,
                    ["request_id"] = result.RequestId,
                    ["body"] = result.Body?.DeepClone(),
                },
            ["error"] = result.Status is not null ? null : Error(job.CancelledAt is not null),
        };

    private static JsonObject Error(bool isCancelled) =>
        isCancelled
            ? new JsonObject
            {
                ["code"] = "batch_cancelled",
                ["message"] = "This request was not executed because the batch was cancelled.",
            }
            : new JsonObject
            {
                ["code"] = "batch_expired",
                ["message"] = "This request could not be executed before the completion window expired.",
            };

    private static JsonObject Usage(IReadOnlyList<BatchResult> results)
    {
        // Chats name their tokens in one way, responses and images in another.
        long Sum(string name, string other, string? part = null) =>
            results.Sum(result => Count(result.Body?["usage"], name, part) + Count(result.Body?["usage"], other, part));
        var (input, output) = (Sum("prompt_tokens", "input_tokens"), Sum("completion_tokens", "output_tokens"));
        var (cached, reasoning) = (
            Sum("prompt_tokens_details", "input_tokens_details", "cached_tokens"),
            Sum("completion_tokens_details", "output_tokens_details", "reasoning_tokens")
        );
        return new JsonObject
        {
            ["input_tokens"] = input,
            ["input_tokens_details"] = new JsonObject { ["cached_tokens"] = cached },
            ["output_tokens"] = output,
            ["output_tokens_details"] = new JsonObject { ["reasoning_tokens"] = reasoning },
            ["total_tokens"] = input + output,
        };
    }

    private static long Count(JsonNode? usage, string name, string? part) =>
        (part is null ? usage?[name] : usage?[name]?[part])?.GetValue<long>() ?? 0;
}
