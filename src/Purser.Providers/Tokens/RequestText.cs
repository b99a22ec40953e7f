using System.Buffers;
using System.Text.Json;

namespace Purser.Providers.Tokens;

/// <summary>
/// Finds in a request's body what the model reads, in one forward pass: OpenAI's chat completions and responses, Anthropic's messages and Gemini's
/// contents name it alike, or so that none is taken for another's. Texts go to a tally; what isn't text is counted in pieces.
/// </summary>
internal ref struct RequestText
{
    private readonly ReadOnlySpan<byte> body;
    private readonly TextTally tally;
    private Utf8JsonReader reader;
    private byte[]? scratch;

    private RequestText(ReadOnlySpan<byte> body, TextTally tally)
    {
        this.body = body;
        this.tally = tally;
        reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = RequestScan.MaxDepth + 1 });
    }

    /// <summary>Messages, a system prompt or instructions included.</summary>
    public int Messages { get; private set; }

    /// <summary>Messages with a name.</summary>
    public int Names { get; private set; }

    /// <summary>Tools.</summary>
    public int Tools { get; private set; }

    /// <summary>Images, documents, audio.</summary>
    public int NonTextParts { get; private set; }

    /// <summary>Whether the messages are those of chat completions: nothing stands beside them.</summary>
    public bool IsChat { get; private set; }

    /// <summary>Whether the model reads what isn't in the body, or is in it in secret form, or may not be read again: earlier thinking.</summary>
    public bool IsIncomplete { get; private set; }

    /// <summary>Walks through a body.</summary>
    /// <param name="body">One JSON object.</param>
    /// <param name="tally">Takes its texts.</param>
    /// <exception cref="JsonException">It isn't JSON, or no object.</exception>
    public static RequestText Read(ReadOnlySpan<byte> body, TextTally tally)
    {
        var walk = new RequestText(body, tally);
        try
        {
            walk.ReadBody();
        }
        catch (InvalidOperationException exception)
        {
            throw new JsonException("The body has a string that isn't Unicode.", exception);
        }
        finally
        {
            if (walk.scratch is not null)
            {
                ArrayPool<byte>.Shared.Return(walk.scratch);
            }
        }
        return walk;
    }

    private void ReadBody()
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("The body is not a JSON object.");
        }
        var (chat, other) = (false, false);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (Is("generateContentRequest"u8))
            {
                // A request within a question for its count.
                reader.Read();
                if (reader.TokenType == JsonTokenType.StartObject)
                {
                    ReadMembers(ref chat, ref other);
                }
                else
                {
                    reader.Skip();
                }
            }
            else
            {
                ReadBodyMember(ref chat, ref other);
            }
        }
        IsChat = chat && !other;
    }

    private void ReadMembers(ref bool chat, ref bool other)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            ReadBodyMember(ref chat, ref other);
        }
    }

    private void ReadBodyMember(ref bool chat, ref bool other)
    {
        if (Is("messages"u8))
        {
            reader.Read();
            ReadMessages();
            chat = true;
        }
        else if (Is("input"u8) || Is("contents"u8))
        {
            reader.Read();
            ReadMessages();
            other = true;
        }
        else if (Is("system"u8) || Is("instructions"u8) || Is("systemInstruction"u8) || Is("system_instruction"u8))
        {
            reader.Read();
            Messages += reader.TokenType == JsonTokenType.Null ? 0 : 1;
            ReadPart(isMessage: false);
            other = true;
        }
        else if (Is("tools"u8) || Is("functions"u8))
        {
            reader.Read();
            ReadTools();
        }
        else if (Is("response_format"u8) || Is("output_format"u8) || Is("output_config"u8) || Is("text"u8) || Is("generationConfig"u8))
        {
            reader.Read();
            ReadOutputFormat();
        }
        else
        {
            var isKept = IsKeptElsewhere();
            reader.Read();
            IsIncomplete |= isKept && reader.TokenType != JsonTokenType.Null;
            reader.Skip();
        }
    }

    // What is named by its id and kept at the provider.
    private readonly bool IsKeptElsewhere() =>
        Is("previous_response_id"u8)
        || Is("conversation"u8)
        || Is("container"u8)
        || Is("mcp_servers"u8)
        || Is("prompt"u8)
        || Is("thread"u8)
        || Is("cachedContent"u8);

    // A schema is put before the model as its JSON, or nearly so.
    private void ReadOutputFormat()
    {
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        var value = body[start..(int)reader.BytesConsumed];
        if (value.IndexOf("chema"u8) >= 0)
        {
            tally.Add(value, isPlain: false);
        }
    }

    private void ReadTools()
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            return;
        }
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            Tools++;
            tally.AddTool(body[start..(int)reader.BytesConsumed]);
        }
    }

    // A text alone, or a list of messages.
    private void ReadMessages()
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            Messages++;
            AddText(isPlain: true);
        }
        else if (reader.TokenType == JsonTokenType.StartArray)
        {
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                Messages++;
                ReadPart(isMessage: true);
            }
        }
        else if (reader.TokenType == JsonTokenType.StartObject)
        {
            // Google takes one that is in no list.
            Messages++;
            ReadPart(isMessage: true);
        }
    }

    // A message, a block of one, or a text in a list of them. The reader is left on its last token.
    private void ReadPart(bool isMessage)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                AddText(isPlain: true);
                break;
            case JsonTokenType.StartArray:
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    ReadPart(isMessage: false);
                }
                break;
            case JsonTokenType.StartObject:
                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                {
                    ReadMember(isMessage);
                }
                break;
            default:
                break;
        }
    }

    private void ReadMember(bool isMessage)
    {
        if (Is("content"u8) || Is("text"u8) || Is("parts"u8))
        {
            reader.Read();
            ReadPart(isMessage: false);
        }
        else if (Is("inlineData"u8) || Is("fileData"u8) || Is("inline_data"u8) || Is("file_data"u8))
        {
            NonTextParts++;
            reader.Read();
            reader.Skip();
        }
        else if (Is("role"u8))
        {
            reader.Read();
            AddRole();
        }
        else if (Is("type"u8))
        {
            reader.Read();
            ReadType();
        }
        else if (Is("name"u8))
        {
            reader.Read();
            Names += isMessage && reader.TokenType == JsonTokenType.String ? 1 : 0;
            AddOther(isPlain: isMessage);
        }
        else if (Is("input"u8) || Is("arguments"u8) || Is("output"u8) || Is("args"u8) || Is("response"u8))
        {
            reader.Read();
            ReadValue();
        }
        else if (IsSecret())
        {
            reader.Read();
            IsIncomplete |= reader.TokenType != JsonTokenType.String || !reader.ValueSpan.IsEmpty;
            reader.Skip();
        }
        else if (IsNoText())
        {
            reader.Read();
            reader.Skip();
        }
        else
        {
            reader.Read();
            AddOther(isPlain: false);
        }
    }

    // Earlier thinking: providers leave most of it out, and its own text isn't what was counted.
    private readonly bool IsSecret() =>
        Is("thinking"u8) || Is("signature"u8) || Is("encrypted_content"u8) || Is("reasoning_content"u8) || Is("thoughtSignature"u8);

    // Names and marks that the model doesn't read, and what stands for an image or a file.
    private readonly bool IsNoText() =>
        reader.ValueSpan.EndsWith("_id"u8)
        || Is("id"u8)
        || Is("cache_control"u8)
        || Is("source"u8)
        || Is("data"u8)
        || Is("status"u8)
        || Is("index"u8)
        || Is("detail"u8)
        || Is("annotations"u8)
        || Is("citations"u8)
        || Is("logprobs"u8)
        || Is("input_audio"u8)
        || Is("audio"u8)
        || Is("file"u8)
        || reader.ValueSpan.EndsWith("_url"u8)
        || Is("phase"u8);

    private void ReadType()
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            var type = reader.ValueSpan;
            var isNonText = !type.SequenceEqual("input_text"u8) && (BlockTypes.IsNonText(type) || BlockTypes.IsResponsesNonText(type));
            NonTextParts += isNonText ? 1 : 0;
            IsIncomplete |=
                BlockTypes.IsResponsesSecret(type) || type.SequenceEqual("redacted_thinking"u8) || type.SequenceEqual("item_reference"u8);
        }
        reader.Skip();
    }

    // The arguments of a call and its result: a text, blocks, or any JSON.
    private void ReadValue()
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            AddText(isPlain: false);
        }
        else
        {
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            tally.Add(body[start..(int)reader.BytesConsumed], isPlain: false);
        }
    }

    private void AddOther(bool isPlain)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            AddText(isPlain);
        }
        else
        {
            ReadPart(isMessage: false);
        }
    }

    private void AddRole()
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            tally.AddRole(Unescaped());
        }
        reader.Skip();
    }

    private void AddText(bool isPlain) => tally.Add(Unescaped(), isPlain);

    private ReadOnlySpan<byte> Unescaped()
    {
        if (!reader.ValueIsEscaped)
        {
            return reader.ValueSpan;
        }
        if (scratch is null || scratch.Length < reader.ValueSpan.Length)
        {
            if (scratch is not null)
            {
                ArrayPool<byte>.Shared.Return(scratch);
            }
            scratch = ArrayPool<byte>.Shared.Rent(Math.Max(reader.ValueSpan.Length, 1024));
        }
        return scratch.AsSpan(0, reader.CopyString(scratch));
    }

    private readonly bool Is(ReadOnlySpan<byte> name) => reader.ValueTextEquals(name);
}
