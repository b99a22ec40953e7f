using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Purser.Simulator.Answers;
using Purser.Simulator.Anthropic;
using Purser.Simulator.Http;
using Purser.Simulator.OpenAI;
using Purser.Simulator.Requests;

namespace Purser.Simulator.Stored;

/// <summary>The files of OpenAI, or of Anthropic.</summary>
internal sealed class FilesEndpoint(SimulatorState state, StoredFiles files, bool isAnthropic)
{
    /// <summary>Takes a file from a form.</summary>
    public StoredAnswer Upload(string? contentType, ReadOnlySpan<byte> body)
    {
        var form = MultipartForm.Parse(contentType, body);
        var file = form?.Files.FirstOrDefault(part => part.Name == "file");
        var purpose = form?.Text("purpose");
        if (file is null || !isAnthropic && purpose is null)
        {
            var missing = file is null ? "file" : "purpose";
            return isAnthropic ? AnthropicErrors.Required(missing) : OpenAIErrors.MissingParameter(missing);
        }

        var random = new SeededRandom(state.NextRefusal());
        var id = isAnthropic ? Ids.AnthropicFile(ref random) : Ids.File(ref random);
        var stored = new StoredFile(id, file.FileName!, purpose ?? "", file.MimeType, file.Content, state.Time.GetUtcNow());
        files.Add(stored);
        return Answer(ToJson(stored));
    }

    /// <summary>Lists files.</summary>
    public StoredAnswer List(IQueryCollection query)
    {
        var purpose = query["purpose"].ToString();
        var page = StoredAnswer.Page(
            files.All().Where(file => purpose.Length == 0 || file.Purpose == purpose).Select(ToJson),
            query[isAnthropic ? "after_id" : "after"],
            Limit(query)
        );
        if (!isAnthropic)
        {
            page.Insert(0, "object", "list");
        }

        return Answer(page);
    }

    /// <summary>Tells of a file.</summary>
    public StoredAnswer Get(string id) => files.Find(id) is { } file ? Answer(ToJson(file)) : Missing(id);

    /// <summary>A file's bytes. At Anthropic, only those that tools wrote may be fetched, and none do here.</summary>
    public StoredAnswer Content(string id) =>
        files.Find(id) is not { } file ? Missing(id)
        : isAnthropic ? AnthropicErrors.Invalid($"File '{id}' is not downloadable.")
        : new StoredAnswer(file.Content, "application/octet-stream", null);

    /// <summary>Takes a file away.</summary>
    public StoredAnswer Delete(string id) =>
        !files.Remove(id) ? Missing(id)
        : isAnthropic ? Answer(new JsonObject { ["id"] = id, ["type"] = "file_deleted" })
        : new JsonObject
        {
            ["object"] = "file",
            ["deleted"] = true,
            ["id"] = id,
        };

    /// <summary>The <c>limit</c> of a list; null where it isn't said.</summary>
    public static int? Limit(IQueryCollection query) =>
        int.TryParse(query["limit"], NumberStyles.None, CultureInfo.InvariantCulture, out var limit) ? limit : null;

    private StoredAnswer Answer(JsonObject json) => isAnthropic ? StoredAnswer.Compact(json) : json;

    private RequestError Missing(string id) =>
        isAnthropic
            ? new RequestError(404, "not_found_error", $"File not found: {id}")
            : new RequestError(404, "invalid_request_error", $"No such File object: {id}", "id");

    private JsonObject ToJson(StoredFile file) =>
        isAnthropic
            ? new JsonObject
            {
                ["type"] = "file",
                ["id"] = file.Id,
                ["size_bytes"] = file.Content.Length,
                ["created_at"] = AnthropicBatch.Time(file.Created),
                ["filename"] = file.Name,
                ["mime_type"] = file.MimeType,
                ["downloadable"] = false,
            }
            : new JsonObject
            {
                ["object"] = "file",
                ["id"] = file.Id,
                ["purpose"] = file.Purpose,
                ["filename"] = file.Name,
                ["bytes"] = file.Content.Length,
                ["created_at"] = file.Created.ToUnixTimeSeconds(),
                ["expires_at"] = null,
                ["status"] = "processed",
                ["status_details"] = null,
            };
}
