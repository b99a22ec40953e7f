using System.Buffers;
using System.Text;
using System.Text.Json;
using Purser.Providers.Context;

namespace Purser.Providers.OpenAIResponses;

/// <summary>
/// How Codex is told that a budget is exhausted. It calls five times more where a status is new to it, 402 among them. A used-up limit it knows as
/// OpenAI's own service says it: status 429 with the type <c>usage_limit_reached</c>. Then it shows the text of a header, and stops.
/// </summary>
public static class CodexRefusal
{
    /// <summary>The header with the text that Codex shows, in ASCII.</summary>
    public const string TextHeader = "x-codex-promo-message";

    private const string Type = "usage_limit_reached";
    private const int LongestText = 2000;

    /// <summary>Whether a request comes from Codex.</summary>
    /// <param name="format">The request's format.</param>
    /// <param name="header">A header's value by its name in lower case, or null.</param>
    public static bool IsFor(WireFormat format, Func<string, string?> header) =>
        format is ResponsesFormat && (header("x-codex-turn-metadata") is not null || ClientHints.Read(header).ClientName == "codex");

    /// <summary>The text for <see cref="TextHeader"/>: one line of ASCII, without a full stop, as Codex goes on with when to try again.</summary>
    public static string Text(string message)
    {
        var text = new StringBuilder();
        foreach (var letter in message.Replace("…", "...", StringComparison.Ordinal))
        {
            text.Append(letter is >= ' ' and <= '~' ? letter : '?');
        }
        return text.ToString(0, Math.Min(text.Length, LongestText)).TrimEnd('.', ' ');
    }

    /// <summary>Writes the error's body.</summary>
    /// <param name="output">Takes it.</param>
    /// <param name="error">The refusal.</param>
    /// <param name="resetsAt">When there is room again; null where nothing is known of that.</param>
    public static void Write(IBufferWriter<byte> output, in WireError error, DateTimeOffset? resetsAt)
    {
        using var writer = new Utf8JsonWriter(output, ErrorJson.Options);
        writer.WriteStartObject();
        writer.WriteStartObject("error");
        writer.WriteString("message", error.Message);
        writer.WriteString("type", Type);
        writer.WriteNull("param");
        writer.WriteString("code", error.Code);
        if (resetsAt is { } at)
        {
            writer.WriteNumber("resets_at", at.ToUnixTimeSeconds());
        }
        // Codex reads its own resets_at alone: seconds.
        var details = error.Details?.Where(member => member.Key != "resets_at").ToList();
        ErrorJson.WriteDetails(writer, error with { Details = details }, withRequestId: true);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }
}
