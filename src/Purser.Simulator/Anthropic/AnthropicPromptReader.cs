using System.Buffers;
using System.Text.Json;
using Purser.Simulator.Caching;
using Purser.Simulator.Requests;

namespace Purser.Simulator.Anthropic;

/// <summary>Walks the blocks of a prompt: counts them, and notes where each ends and whether a <c>cache_control</c> marks it.</summary>
internal ref struct AnthropicPromptReader(RequestBody body, PromptMeter meter)
{
    /// <summary>What an image, or a document that isn't plain text, counts in tokens.</summary>
    public const int MediaTokens = 1500;

    private readonly RequestBody body = body;
    private readonly PromptMeter meter = meter;
    private ReadOnlySpan<byte> section;
    private string? found;

    /// <summary>How many blocks the request marks with <c>cache_control</c>.</summary>
    public int Marks { get; private set; }

    /// <summary>The simulator's marker in the last message, when that is the user's.</summary>
    public string? Marker { get; private set; }

    /// <summary>Walks tools, system prompt and messages; a part that is missing is an empty range.</summary>
    /// <returns>What is wrong with them; null when nothing is.</returns>
    public RequestError? Read(Range tools, Range system, Range messages)
    {
        ReadTools(tools);
        if (!body.Bytes[system].IsEmpty)
        {
            section = body.Bytes[system];
            var reader = body.Reader(system);
            reader.Read();
            meter.Distinguish("system"u8);
            ReadContent(ref reader, nested: false);
        }

        return ReadMessages(messages);
    }

    /// <summary>The time to live that a <c>cache_control</c> value asks for; the reader is left at its end.</summary>
    public static CacheTtl ReadCacheControl(ref Utf8JsonReader reader)
    {
        var isObject = reader.TokenType == JsonTokenType.StartObject;
        var ttl = PromptText.StringProperty(ref reader, "ttl"u8);
        return !isObject ? CacheTtl.None
            : ttl == "1h" ? CacheTtl.OneHour
            : CacheTtl.FiveMinutes;
    }

    private void ReadTools(Range tools)
    {
        section = body.Bytes[tools];
        if (section.IsEmpty)
        {
            return;
        }

        var reader = body.Reader(tools);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            var start = (int)reader.TokenStartIndex;
            var ttl = CacheTtl.None;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var property = (int)reader.TokenStartIndex;
                if (reader.ValueTextEquals("cache_control"u8))
                {
                    reader.Read();
                    ttl = ReadCacheControl(ref reader);
                    continue;
                }

                reader.Skip();
                meter.Distinguish(section[property..(int)reader.BytesConsumed]);
            }

            meter.Count(section[start..(int)reader.BytesConsumed]);
            EndBlock(ttl);
        }
    }

    private RequestError? ReadMessages(Range messages)
    {
        section = body.Bytes[messages];
        var reader = body.Reader(messages);
        reader.Read();
        var count = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                return AnthropicErrors.WrongType($"messages.{count}", "dictionary");
            }

            string? role = null;
            found = null;
            var hasContent = false;
            var message = reader;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isRole = reader.ValueTextEquals("role"u8);
                hasContent |= reader.ValueTextEquals("content"u8);
                reader.Read();
                role = isRole && reader.TokenType == JsonTokenType.String ? reader.GetString() : role;
                reader.Skip();
            }

            if (role is null || !hasContent)
            {
                return AnthropicErrors.Required($"messages.{count}.{(role is null ? "role" : "content")}");
            }

            // The role comes first in a prompt, wherever the body has it.
            meter.Distinguish(System.Text.Encoding.UTF8.GetBytes(role));
            ReadMessage(message);
            count++;
            Marker = role switch
            {
                "user" => found,
                "system" => Marker,
                _ => null,
            };
        }

        return count == 0 ? AnthropicErrors.NoMessages : null;
    }

    private void ReadMessage(Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isContent = reader.ValueTextEquals("content"u8);
            reader.Read();
            if (isContent)
            {
                ReadContent(ref reader, nested: false);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private void ReadContent(ref Utf8JsonReader reader, bool nested)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            AddText(reader, mayMark: true);
            if (!nested)
            {
                EndBlock(CacheTtl.None);
            }

            return;
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            return;
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.StartObject)
            {
                ReadBlock(ref reader, nested);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private void ReadBlock(ref Utf8JsonReader reader, bool nested)
    {
        var start = (int)reader.TokenStartIndex;
        var block = default(Block);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.ValueSpan;
            reader.Read();
            if (name.SequenceEqual("type"u8) && reader.TokenType == JsonTokenType.String)
            {
                block.Type = reader.ValueSpan;
            }
            else if (name.SequenceEqual("cache_control"u8))
            {
                block.Ttl = ReadCacheControl(ref reader);
                continue;
            }
            else if (name.SequenceEqual("text"u8) || name.SequenceEqual("thinking"u8) || name.SequenceEqual("content"u8))
            {
                block.Text = reader;
                block.HasText = true;
            }
            else if (name.SequenceEqual("input"u8) || name.SequenceEqual("source"u8))
            {
                block.Value = reader;
                block.HasValue = true;
            }
            else if (name.SequenceEqual("name"u8))
            {
                block.Name = reader.ValueSpan;
            }

            reader.Skip();
        }

        AddBlock(ref block, section[start..(int)reader.BytesConsumed]);
        if (!nested)
        {
            EndBlock(block.Ttl);
        }
    }

    private void AddBlock(ref Block block, ReadOnlySpan<byte> raw)
    {
        if (block.Type.SequenceEqual("text"u8) || block.Type.SequenceEqual("thinking"u8))
        {
            if (block.HasText && block.Text.TokenType == JsonTokenType.String)
            {
                AddText(block.Text, mayMark: block.Type.SequenceEqual("text"u8));
            }
        }
        else if (block.Type.SequenceEqual("tool_result"u8))
        {
            // Its own text can't command the simulator: it may be any file that an agent read.
            var before = found;
            found = null;
            if (block.HasText)
            {
                ReadContent(ref block.Text, nested: true);
            }

            found = before ?? PromptText.OfToolResult(found);
        }
        else if (block.Type.SequenceEqual("tool_use"u8) || block.Type.SequenceEqual("server_tool_use"u8))
        {
            meter.Add(block.Name);
            meter.Add(block.HasValue ? Raw(ref block.Value) : default);
        }
        else if (block.Type.SequenceEqual("image"u8) || block.Type.SequenceEqual("document"u8))
        {
            AddMedia(ref block);
        }
        else if (!block.Type.SequenceEqual("redacted_thinking"u8))
        {
            meter.Add(raw);
        }
    }

    private readonly void AddMedia(ref Block block)
    {
        if (block.HasValue)
        {
            var source = block.Value;
            if (block.Type.SequenceEqual("document"u8) && PromptText.StringProperty(ref source, "type"u8) == "text")
            {
                source = block.Value;
                meter.Add(System.Text.Encoding.UTF8.GetBytes(PromptText.StringProperty(ref source, "data"u8) ?? ""));
                return;
            }
        }

        meter.AddFlat(MediaTokens, block.HasValue ? Raw(ref block.Value) : default);
    }

    private readonly ReadOnlySpan<byte> Raw(ref Utf8JsonReader reader)
    {
        var range = PromptText.Section(ref reader);
        return section[range];
    }

    private void AddText(Utf8JsonReader reader, bool mayMark)
    {
        var text = PromptText.Unescaped(ref reader, out var rented);
        meter.Add(text);
        found = mayMark ? PromptText.Marker(text) ?? found : found;
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private void EndBlock(CacheTtl ttl)
    {
        Marks += ttl == CacheTtl.None ? 0 : 1;
        meter.EndBlock(ttl);
    }

    private ref struct Block
    {
        public ReadOnlySpan<byte> Type;
        public ReadOnlySpan<byte> Name;
        public Utf8JsonReader Text;
        public Utf8JsonReader Value;
        public bool HasText;
        public bool HasValue;
        public CacheTtl Ttl;
    }
}
