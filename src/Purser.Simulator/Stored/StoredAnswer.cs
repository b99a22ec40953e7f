using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Purser.Simulator.Requests;

namespace Purser.Simulator.Stored;

/// <summary>What a request about something stored is answered.</summary>
/// <param name="Content">The body; null for an error.</param>
/// <param name="ContentType">Its type.</param>
/// <param name="Error">The error; null for none.</param>
internal sealed record StoredAnswer(byte[]? Content, string ContentType, RequestError? Error)
{
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>JSON as OpenAI indents it.</summary>
    public static implicit operator StoredAnswer(JsonObject json) =>
        new(JsonSerializer.SerializeToUtf8Bytes(json, Indented), "application/json", null);

    /// <summary>JSON without white space, as Anthropic sends it.</summary>
    public static StoredAnswer Compact(JsonObject json) => new(JsonSerializer.SerializeToUtf8Bytes(json), "application/json", null);

    /// <summary>An error.</summary>
    public static implicit operator StoredAnswer(RequestError error) => new(null, "application/json", error);

    /// <summary>A list as OpenAI and Anthropic both page it, from the newest to the oldest.</summary>
    /// <param name="all">All of it, from the oldest to the newest.</param>
    /// <param name="after">The id after which the page begins; empty for the newest.</param>
    /// <param name="limit">The most of a page; null for 20.</param>
    public static JsonObject Page(IEnumerable<JsonObject> all, string? after, int? limit)
    {
        var rest = all.Reverse().SkipWhile(item => !string.IsNullOrEmpty(after) && Id(item) != after).ToList();
        rest = string.IsNullOrEmpty(after) ? rest : [.. rest.Skip(1)];
        var page = rest.Take(limit ?? 20).ToList();
        return new JsonObject
        {
            ["data"] = new JsonArray([.. page]),
            ["first_id"] = page.Count > 0 ? Id(page[0]) : null,
            ["last_id"] = page.Count > 0 ? Id(page[^1]) : null,
            ["has_more"] = rest.Count > page.Count,
        };
    }

    private static string Id(JsonObject item) => item["id"]!.GetValue<string>();
}
