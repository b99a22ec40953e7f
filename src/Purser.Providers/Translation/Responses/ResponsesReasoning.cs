using System.Text.Json;

namespace Purser.Providers.Translation.Responses;

/// <summary>
/// Items of reasoning. What another provider signed or encrypted is carried in <c>encrypted_content</c>, which clients send back untouched, after a
/// head that says whose it is: <c>purser.messages.s.…</c> for a signature over the summary's text, <c>.e.</c> for encrypted reasoning.
/// </summary>
internal static class ResponsesReasoning
{
    private const string Head = OwnReasoning.Head;

    /// <summary>Reads an item.</summary>
    public static ReasoningPart Read(JsonElement item)
    {
        var id = item.Text("id") is { Length: > 0 } known ? known : null;
        var texts = item.List("summary").Concat(item.List("content")).Select(part => part.Text("text")).OfType<string>();
        var text = string.Join("\n\n", texts.Where(said => said.Length > 0));
        var carried = item.Text("encrypted_content") is { Length: > 0 } given ? given : null;
        if (carried is null || !carried.StartsWith(Head, StringComparison.Ordinal))
        {
            return new ReasoningPart(text, Encrypted: carried, Signer: carried is null ? null : ResponsesTranslator.FormatName, Id: id);
        }
        return carried.Split('.', 4) switch
        {
            [_, var signer, "s", var signature] => new ReasoningPart(text, Signature: signature, Signer: signer),
            [_, var signer, "e", var data] => new ReasoningPart(text, Encrypted: data, Signer: signer),
            _ => new ReasoningPart(text),
        };
    }

    /// <summary>What a client that asks for encrypted reasoning is given as <c>encrypted_content</c>: a mark, where there is nothing to carry.</summary>
    public static string CarryOrMark(string? carried) => carried ?? OwnReasoning.Unsigned;

    /// <summary>What is to be carried in <c>encrypted_content</c>; null: nothing.</summary>
    public static string? Carry(string? signer, string? signature, string? encrypted)
    {
        if (signer is null || (signature is null && encrypted is null))
        {
            return null;
        }
        return signer == ResponsesTranslator.FormatName ? encrypted
            : encrypted is not null ? $"{Head}{signer}.e.{encrypted}"
            : $"{Head}{signer}.s.{signature}";
    }

    /// <summary>Writes an item.</summary>
    public static void Write(Utf8JsonWriter writer, string? id, string text, string? encrypted)
    {
        writer.WriteStartObject();
        writer.WriteText("id", id);
        writer.WriteString("type", "reasoning");
        writer.WriteStartArray("summary");
        if (text.Length > 0)
        {
            writer.WriteStartObject();
            writer.WriteString("type", "summary_text");
            writer.WriteString("text", text);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteText("encrypted_content", encrypted);
        writer.WriteEndObject();
    }
}
