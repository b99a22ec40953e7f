using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Purser.Simulator.Requests;

namespace Purser.Simulator.Stored;

/// <summary>OpenAI's responses that are kept.</summary>
internal sealed class ResponsesEndpoint(KeptResponses kept)
{
    /// <summary>A response as it was answered.</summary>
    public StoredAnswer Get(string id) => kept.Content(id) is { } content ? JsonNode.Parse(content.Json)!.AsObject() : Missing(id);

    /// <summary>Takes a response away.</summary>
    public StoredAnswer Delete(string id) =>
        !kept.Remove(id)
            ? Missing(id)
            : new JsonObject
            {
                ["id"] = id,
                ["object"] = "response",
                ["deleted"] = true,
            };

    /// <summary>What a response was asked, as items.</summary>
    public StoredAnswer InputItems(string id, IQueryCollection query)
    {
        if (kept.Content(id) is not { } content)
        {
            return Missing(id);
        }

        var digits = id["resp_".Length..];
        var items = Items(content.Input).Select((item, i) => Complete(item, digits, i)).ToList();
        if (query["order"] != "asc")
        {
            items.Reverse();
        }

        items.Reverse();
        var page = StoredAnswer.Page(items, query["after"], FilesEndpoint.Limit(query));
        page.Insert(0, "object", "list");
        return page;
    }

    /// <summary>Only background responses can be cancelled, and the simulator has none.</summary>
    public StoredAnswer Cancel(string id) =>
        kept.Content(id) is null ? Missing(id) : new RequestError(400, "invalid_request_error", "Cannot cancel a synchronous response.");

    private static RequestError Missing(string id) => new(404, "invalid_request_error", $"Response with id '{id}' not found.");

    // Text alone is a message of the user's.
    private static IEnumerable<JsonObject> Items(byte[] input) =>
        (input.Length == 0 ? null : JsonNode.Parse(input)) switch
        {
            JsonArray items => items.OfType<JsonObject>(),
            JsonValue text => [new JsonObject { ["role"] = "user", ["content"] = text.GetValue<string>() }],
            _ => [],
        };

    private static JsonObject Complete(JsonObject item, string digits, int index)
    {
        var whole = item.DeepClone().AsObject();
        whole["type"] ??= "message";
        var start = whole["type"]!.GetValue<string>() == "message" ? "msg_" : "fc_";
        whole["id"] ??= start + digits[..^2] + index.ToString("x2", CultureInfo.InvariantCulture);
        whole["status"] ??= "completed";
        if (whole["content"] is JsonValue text && text.TryGetValue<string>(out var said))
        {
            var type = whole["role"]?.GetValue<string>() == "assistant" ? "output_text" : "input_text";
            whole["content"] = new JsonArray(new JsonObject { ["type"] = type, ["text"] = said });
        }

        return whole;
    }
}
