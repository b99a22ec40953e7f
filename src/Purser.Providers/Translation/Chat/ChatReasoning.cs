using System.Text.Json;

namespace Purser.Providers.Translation.Chat;

/// <summary>
/// The form that OpenRouter gave reasoning in chat completions, <c>reasoning_details</c>: plain text alone can't carry the signature without
/// which Anthropic and others refuse the next turn of a conversation with tools. Clients that send messages back whole send it too.
/// </summary>
internal static class ChatReasoning
{
    private const string Text = "reasoning.text";
    private const string Encrypted = "reasoning.encrypted";

    // The signer's format by the name that the form has for it.
    private static readonly (string Signer, string Name)[] Signers =
    [
        ("messages", "anthropic-claude-v1"),
        ("responses", "openai-responses-v1"),
        ("gemini", "google-gemini-v1"),
        ("converse", "bedrock-converse-v1"),
    ];

    /// <summary>
    /// Whether a list is whole. Clients that don't know it may keep the last piece of a stream alone: half of what was signed is worth nothing.
    /// </summary>
    public static bool IsWhole(JsonElement message)
    {
        foreach (var detail in message.List("reasoning_details"))
        {
            return detail.Whole("index") is null or 0 && (detail.Text("signature") is null || detail.Text("text") is not null);
        }
        return true;
    }

    /// <summary>Reads an entry; null where it's of a kind that isn't known, or without content.</summary>
    public static ReasoningPart? Read(JsonElement detail)
    {
        var name = detail.Text("format");
        var signer = Signers.FirstOrDefault(known => known.Name == name).Signer;
        var id = detail.Text("id");
        switch (detail.Text("type"))
        {
            case Text:
                var signature = detail.Text("signature") is { Length: > 0 } signed ? signed : null;
                return new ReasoningPart(detail.Text("text") ?? "", signature, Signer: signature is null ? null : signer, Id: id);
            case "reasoning.summary" when detail.Text("summary") is { } summary:
                return new ReasoningPart(summary, Id: id);
            case Encrypted when detail.Text("data") is { } data:
                return new ReasoningPart("", Encrypted: data, Signer: signer, Id: id);
            default:
                return null;
        }
    }

    /// <summary>Whether a part needs an entry: plain text needs none.</summary>
    public static bool IsSigned(ReasoningPart part) => part.Signature is not null || part.Encrypted is not null;

    /// <summary>Writes the entries of a part.</summary>
    /// <param name="writer">The writer, in the list.</param>
    /// <param name="part">The part.</param>
    /// <param name="index">The part's place among the reasoning parts.</param>
    public static void Write(Utf8JsonWriter writer, ReasoningPart part, int index)
    {
        if (part.Text.Length > 0 || part.Signature is not null)
        {
            Begin(writer, Text, index, part.Id, part.Signer);
            writer.WriteString("text", part.Text);
            writer.WriteText("signature", part.Signature);
            writer.WriteEndObject();
        }
        if (part.Encrypted is { } data)
        {
            Begin(writer, Encrypted, index, part.Id, part.Signer);
            writer.WriteString("data", data);
            writer.WriteEndObject();
        }
    }

    /// <summary>Writes the list with one piece of a streamed part: its <c>text</c>, <c>signature</c> or <c>data</c>.</summary>
    public static void WritePiece(
        Utf8JsonWriter writer,
        ReadOnlySpan<byte> member,
        ReadOnlySpan<byte> piece,
        int index,
        string? signer,
        bool withNoText = false
    )
    {
        writer.WriteStartArray("reasoning_details"u8);
        Begin(writer, member.SequenceEqual("data"u8) ? Encrypted : Text, index, null, signer);
        if (withNoText)
        {
            writer.WriteString("text"u8, ""u8);
        }
        writer.WriteString(member, piece);
        writer.WriteEndObject();
        writer.WriteEndArray();
    }

    private static void Begin(Utf8JsonWriter writer, string type, int index, string? id, string? signer)
    {
        writer.WriteStartObject();
        writer.WriteString("type", type);
        writer.WriteText("id", id);
        writer.WriteText("format", signer is null ? null : Signers.FirstOrDefault(known => known.Signer == signer).Name);
        writer.WriteNumber("index", index);
    }
}
