using System.Text.Json;
using System.Text.Unicode;

namespace Purser.Cli.Quoting;

/// <summary>A line of <c>prices quote --usage</c>: <c>{"id","provider","api","model","at","inference_geo","usage"}</c>, with <c>stream</c> or <c>stream_base64</c> in place of <c>usage</c>, and what no answer says of an image or a video: <c>size</c>, <c>quality</c>, <c>sound</c>.</summary>
internal ref struct UsageLine
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 260 };

    /// <summary>The id as it was written, a string or a number; empty where there is none.</summary>
    public ReadOnlySpan<byte> Id { get; private set; }

    /// <summary>The provider.</summary>
    public string? Provider { get; private set; }

    /// <summary>The wire format.</summary>
    public string? Api { get; private set; }

    /// <summary>The model that was asked for.</summary>
    public string? Model { get; private set; }

    /// <summary>When; null where the line doesn't say.</summary>
    public DateTimeOffset? At { get; private set; }

    /// <summary>Where inference had to stay, which not every answer says; null where the line doesn't say either.</summary>
    public string? InferenceGeo { get; private set; }

    /// <summary>The size of the image or video that was asked for (<c>1024x1024</c>, <c>720p</c>); null where the line doesn't say.</summary>
    public string? Size { get; private set; }

    /// <summary>The quality that was asked for (<c>hd</c>); null where the line doesn't say.</summary>
    public string? Quality { get; private set; }

    /// <summary>Whether a video has sound: <c>audio</c> or <c>silent</c>; null where the line doesn't say.</summary>
    public string? Sound { get; private set; }

    /// <summary>The usage object or the whole body; empty where there is none.</summary>
    public ReadOnlySpan<byte> Usage { get; private set; }

    /// <summary>The whole of a stream in place of the usage, as it is in the line, with its quotes; empty where there is none.</summary>
    public ReadOnlySpan<byte> Stream { get; private set; }

    /// <summary>Whether the stream is in base64.</summary>
    public bool StreamIsBase64 { get; private set; }

    /// <summary>What is wrong with the line; null where nothing is.</summary>
    public string? Error { get; private set; }

    /// <summary>Reads a line. What is wrong is its <see cref="Error"/>, and what was read before it stays.</summary>
    public static UsageLine Read(ReadOnlySpan<byte> json)
    {
        var line = default(UsageLine);
        try
        {
            line.ReadMembers(json);
        }
        catch (JsonException)
        {
            line.Error = "the line is no JSON object";
        }
        catch (InvalidOperationException)
        {
            line.Error = "the line is not UTF-8";
        }
        line.Error ??=
            line.Provider is null ? "the line has no provider"
            : line.Api is null ? "the line has no api"
            : line.Usage.IsEmpty && line.Stream.IsEmpty ? "the line has no usage"
            : null;
        return line;
    }

    private void ReadMembers(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, Options);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException();
        }
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            if (reader.ValueTextEquals("id"u8))
            {
                ReadId(ref reader, json);
            }
            else if (reader.ValueTextEquals("provider"u8))
            {
                Provider = Text(ref reader, Provider, "the provider");
            }
            else if (reader.ValueTextEquals("api"u8))
            {
                Api = Text(ref reader, Api, "the api");
            }
            else if (reader.ValueTextEquals("model"u8))
            {
                Model = Text(ref reader, Model, "the model");
            }
            else if (reader.ValueTextEquals("inference_geo"u8))
            {
                InferenceGeo = Text(ref reader, InferenceGeo, "inference_geo");
            }
            else if (reader.ValueTextEquals("at"u8))
            {
                ReadAt(ref reader);
            }
            else if (reader.ValueTextEquals("usage"u8))
            {
                NoteUsage();
                Usage = Value(ref reader, json);
            }
            else if (reader.ValueTextEquals("stream"u8) || reader.ValueTextEquals("stream_base64"u8))
            {
                NoteUsage();
                StreamIsBase64 = reader.ValueTextEquals("stream_base64"u8);
                Stream = Value(ref reader, json);
                Error ??= Stream[0] == (byte)'"' ? null : "the stream is no string";
            }
            else
            {
                ReadVariant(ref reader);
            }
        }
        // Throws for what follows the object.
        reader.Read();
    }

    // What was asked for of an image or a video, or a member that says nothing.
    private void ReadVariant(scoped ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("size"u8))
        {
            Size = Text(ref reader, Size, "the size");
        }
        else if (reader.ValueTextEquals("quality"u8))
        {
            Quality = Text(ref reader, Quality, "the quality");
        }
        else if (reader.ValueTextEquals("sound"u8))
        {
            Sound = Text(ref reader, Sound, "the sound");
        }
        else
        {
            reader.Read();
            reader.Skip();
        }
    }

    private void NoteUsage() => Error ??= Usage.IsEmpty && Stream.IsEmpty ? null : "the usage is there twice";

    private static ReadOnlySpan<byte> Value(scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        reader.Read();
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return json[start..(int)reader.BytesConsumed];
    }

    private void ReadId(scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        reader.Read();
        var start = (int)reader.TokenStartIndex;
        var isId = reader.TokenType is JsonTokenType.String or JsonTokenType.Number;
        if (reader.TokenType == JsonTokenType.String && (reader.ValueIsEscaped || !Utf8.IsValid(reader.ValueSpan)))
        {
            // Throws where it isn't Unicode.
            _ = reader.GetString();
        }
        Error ??=
            !Id.IsEmpty ? "the id is there twice"
            : isId || reader.TokenType == JsonTokenType.Null ? null
            : "the id is no string and no number";
        reader.Skip();
        Id = isId ? json[start..(int)reader.BytesConsumed] : default;
    }

    private string? Text(scoped ref Utf8JsonReader reader, string? earlier, string what)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.String)
        {
            Error ??= earlier is null ? null : $"{what} is there twice";
            return reader.GetString() is { Length: > 0 } text ? text : null;
        }
        Error ??= reader.TokenType == JsonTokenType.Null ? null : $"{what} is no string";
        reader.Skip();
        return earlier;
    }

    // A time without an offset is in UTC, and a day is its first instant.
    private void ReadAt(scoped ref Utf8JsonReader reader)
    {
        reader.Read();
        Error ??= At is null ? null : "at is there twice";
        if (reader.TokenType == JsonTokenType.String && reader.TryGetDateTime(out var time))
        {
            At =
                time.Kind == DateTimeKind.Local && reader.TryGetDateTimeOffset(out var instant)
                    ? instant
                    : new DateTimeOffset(DateTime.SpecifyKind(time, DateTimeKind.Utc));
            return;
        }
        Error ??= reader.TokenType == JsonTokenType.Null ? null : "at is no time such as 2026-08-31T23:59:59Z";
        reader.Skip();
    }
}
