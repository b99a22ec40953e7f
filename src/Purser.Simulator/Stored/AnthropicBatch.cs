using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Purser.Simulator.Anthropic;
using Purser.Simulator.Requests;

namespace Purser.Simulator.Stored;

/// <summary>A batch of messages as Anthropic has it: its requests come in one body, and its results are lines of JSON.</summary>
/// <param name="job">The batch.</param>
/// <param name="origin">Where the simulator was asked, such as <c>http://127.0.0.1:4200</c>.</param>
internal sealed class AnthropicBatch(BatchJob job, string origin)
{
    private const string Messages = "/v1/messages";

    private static readonly JsonSerializerOptions Compact = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The batch.</summary>
    public BatchJob Job => job;

    /// <summary>Reads the requests of a body.</summary>
    /// <returns>Null, and why, when Anthropic would refuse it.</returns>
    public static List<BatchLine>? Read(ReadOnlySpan<byte> body, out RequestError? error)
    {
        try
        {
            var reader = new Utf8JsonReader(body);
            return Read(JsonElement.ParseValue(ref reader), out error);
        }
        catch (JsonException)
        {
            error = AnthropicErrors.NotJson;
            return null;
        }
    }

    /// <summary>Its JSON.</summary>
    public JsonObject ToJson()
    {
        var (results, ended) = (job.Results, job.Stage == BatchStage.Ended);

        // Counts other than of those under way are told once all is over.
        int Count(Func<BatchResult, bool> which) => ended ? results.Count(which) : 0;
        return new JsonObject
        {
            ["id"] = job.Id,
            ["type"] = "message_batch",
            ["processing_status"] =
                ended ? "ended"
                : job.Stage == BatchStage.Cancelling ? "canceling"
                : "in_progress",
            ["request_counts"] = new JsonObject
            {
                ["processing"] = ended ? 0 : job.Lines.Count,
                ["succeeded"] = Count(result => result.Succeeded),
                ["errored"] = Count(result => result.Status is not null && !result.Succeeded),
                ["canceled"] = Count(result => result.Status is null && job.CancelledAt is not null),
                ["expired"] = Count(result => result.Status is null && job.CancelledAt is null),
            },
            ["ended_at"] = Time(job.EndedAt),
            ["created_at"] = Time(job.Created),
            ["expires_at"] = Time(job.Created.AddDays(1)),
            ["archived_at"] = null,
            ["cancel_initiated_at"] = Time(job.CancelledAt),
            ["results_url"] = ended ? $"{origin}{Messages}/batches/{job.Id}/results" : null,
        };
    }

    /// <summary>Its results, a line each.</summary>
    public byte[] Results()
    {
        var text = new StringBuilder();
        foreach (var result in job.Results)
        {
            text.Append(new JsonObject { ["custom_id"] = result.CustomId, ["result"] = Result(result) }.ToJsonString(Compact)).Append('\n');
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>A time as Anthropic writes it.</summary>
    public static string? Time(DateTimeOffset? time) =>
        time?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'+00:00'", CultureInfo.InvariantCulture);

    private JsonObject Result(BatchResult result)
    {
        if (result.Status is null)
        {
            return new JsonObject { ["type"] = job.CancelledAt is null ? "expired" : "canceled" };
        }

        var body = result.Body?.DeepClone();
        if (!result.Succeeded)
        {
            return new JsonObject { ["type"] = "errored", ["error"] = body };
        }

        if (body!["usage"] is JsonObject usage)
        {
            usage["service_tier"] = "batch";
        }

        return new JsonObject { ["type"] = "succeeded", ["message"] = body };
    }

    private static List<BatchLine>? Read(JsonElement asked, out RequestError? error)
    {
        var lines = new List<BatchLine>();
        error = Json.Items(asked, "requests").Any() ? null : AnthropicErrors.Required("requests");
        foreach (var request in Json.Items(asked, "requests"))
        {
            var (customId, parameters) = (Json.Text(request, "custom_id"), Json.Get(request, "params"));
            error ??=
                customId is null ? AnthropicErrors.Required($"requests.{lines.Count}.custom_id")
                : parameters is null ? AnthropicErrors.Required($"requests.{lines.Count}.params")
                : lines.Exists(line => line.CustomId == customId)
                    ? AnthropicErrors.Invalid($"requests: custom_id '{customId}' is not unique")
                : null;
            if (error is not null)
            {
                return null;
            }

            lines.Add(new BatchLine(customId!, Messages, Json.Raw(parameters!.Value)));
        }

        return error is null ? lines : null;
    }
}
