using System.Buffers;
using System.Text.Json;
using Purser.Simulator.Caching;
using Purser.Simulator.Requests;

namespace Purser.Simulator.OpenAI;

/// <summary>Reads the body of <c>POST /v1/chat/completions</c> in one forward pass, and its tools and messages in a second one.</summary>
internal ref struct OpenAIRequestReader
{
    /// <summary>What an image, audio or file part of a message counts, in tokens.</summary>
    public const int PartTokens = 85;

    private readonly RequestBody body;
    private RequestError? error;
    private string? model;
    private string? endUser;
    private string? serviceTier;
    private string? effort;
    private string? toolName;
    private ToolDemand toolDemand;
    private bool stream;
    private bool? includeUsage;
    private long? maxTokens;
    private long choices = 1;
    private List<string>? stops;
    private Range messages;
    private Range tools;
    private bool hasMessages;
    private string? marker;
    private OutputFormat format;

    private OpenAIRequestReader(RequestBody body) => this.body = body;

    /// <summary>Reads a body.</summary>
    /// <returns>Null, and why, when the API would refuse it.</returns>
    public static ChatRequest? Read(RequestBody body, out RequestError? error)
    {
        var reader = new OpenAIRequestReader(body);
        try
        {
            var request = reader.Read();
            error = reader.error;
            return error is null ? request : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            error = OpenAIErrors.NotJson;
            return null;
        }
    }

    private ChatRequest? Read()
    {
        var reader = body.Reader();
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            error = OpenAIErrors.NotJson;
            return null;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            ReadProperty(ref reader);
        }

        // What follows the object must be nothing: the reader throws otherwise.
        reader.Read();
        model = body.Model ?? model;
        error ??= Check();
        if (error is not null)
        {
            return null;
        }

        var facts = body.Models.Get(model!);
        if (!facts.Exists)
        {
            error = OpenAIErrors.NoSuchModel(model!);
            return null;
        }

        var meter = body.Meter(facts, steps: true);
        ReadPrompt(meter);
        return error is not null
            ? null
            : new ChatRequest
            {
                Model = facts,
                Stream = stream,
                IncludeUsage = includeUsage == true,
                MaxTokens = maxTokens,
                Choices = (int)choices,
                StopSequences = stops ?? [],
                ServiceTier = OpenAIValues.ServedTier(serviceTier),
                EndUser = endUser,
                Reasons = facts.Reasons && effort is not ("none" or "minimal"),
                ToolDemand = toolDemand,
                ToolName = toolName,
                Tools = tools,
                WantsJson = format.WantsJson,
                OutputSchema = format.Schema,
                PromptTokens = meter.Tokens,
                Prefixes = meter.Points,
                Marker = marker,
            };
    }

    private void ReadProperty(ref Utf8JsonReader reader)
    {
        var name = reader.ValueSpan;
        if (name.SequenceEqual("model"u8))
        {
            model = OpenAIValues.String(ref reader, "model", ref error);
        }
        else if (name.SequenceEqual("messages"u8))
        {
            reader.Read();
            hasMessages = reader.TokenType == JsonTokenType.StartArray;
            messages = PromptText.Section(ref reader);
        }
        else if (name.SequenceEqual("tools"u8) || name.SequenceEqual("functions"u8))
        {
            reader.Read();
            var isArray = reader.TokenType == JsonTokenType.StartArray;
            var section = PromptText.Section(ref reader);
            tools = isArray ? section : tools;
        }
        else if (name.SequenceEqual("stream"u8))
        {
            stream = OpenAIValues.Boolean(ref reader, "stream", ref error);
        }
        else if (name.SequenceEqual("max_tokens"u8))
        {
            maxTokens = OpenAIValues.Integer(ref reader, "max_tokens", 1, ref error) ?? maxTokens;
        }
        else if (name.SequenceEqual("max_completion_tokens"u8))
        {
            maxTokens = OpenAIValues.Integer(ref reader, "max_completion_tokens", 1, ref error) ?? maxTokens;
        }
        else if (name.SequenceEqual("n"u8))
        {
            choices = OpenAIValues.Integer(ref reader, "n", 1, ref error) ?? 1;
        }
        else
        {
            ReadRareProperty(ref reader, name);
        }
    }

    private void ReadRareProperty(ref Utf8JsonReader reader, ReadOnlySpan<byte> name)
    {
        if (name.SequenceEqual("user"u8))
        {
            endUser = OpenAIValues.String(ref reader, "user", ref error);
        }
        else if (name.SequenceEqual("service_tier"u8))
        {
            serviceTier = OpenAIValues.String(ref reader, "service_tier", ref error);
        }
        else if (name.SequenceEqual("reasoning_effort"u8))
        {
            effort = OpenAIValues.String(ref reader, "reasoning_effort", ref error);
        }
        else if (name.SequenceEqual("stop"u8))
        {
            reader.Read();
            stops =
                PromptText.Strings(ref reader)
                ?? OpenAIValues.Wrong<List<string>>("stop", "a string or an array of strings", ref reader, ref error)
                ?? [];
        }
        else if (name.SequenceEqual("stream_options"u8))
        {
            reader.Read();
            includeUsage = ReadIncludeUsage(ref reader);
        }
        else if (name.SequenceEqual("tool_choice"u8))
        {
            reader.Read();
            ReadToolChoice(ref reader);
        }
        else if (name.SequenceEqual("response_format"u8))
        {
            reader.Read();
            format = OutputFormat.Read(ref reader);
        }
        else
        {
            reader.Skip();
        }
    }

    private readonly RequestError? Check() =>
        model is null or "" ? OpenAIErrors.MissingModel
        : !hasMessages ? OpenAIErrors.MissingMessages
        : includeUsage is not null && !stream ? OpenAIErrors.StreamOptionsWithoutStream
        : choices > 128 ? OpenAIErrors.AboveMaximum("n", 128, choices)
        : stops?.Count > 4 ? OpenAIErrors.TooManyStops(stops.Count)
        : null;

    private static bool? ReadIncludeUsage(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return null;
        }

        var include = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var wanted = reader.ValueTextEquals("include_usage"u8);
            reader.Read();
            include |= wanted && reader.TokenType == JsonTokenType.True;
            reader.Skip();
        }

        return include;
    }

    private void ReadToolChoice(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            toolDemand = reader.ValueTextEquals("required"u8) ? ToolDemand.Any : ToolDemand.None;
            return;
        }

        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var wanted = reader.ValueTextEquals("function"u8);
            reader.Read();
            if (wanted)
            {
                toolName = PromptText.StringProperty(ref reader, "name"u8);
                toolDemand = toolName is null ? ToolDemand.None : ToolDemand.Named;
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private void ReadPrompt(PromptMeter meter)
    {
        meter.Add(body.Bytes[tools]);
        var reader = body.Reader(messages);
        reader.Read();
        var count = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                error = OpenAIErrors.WrongType($"messages[{count}]", "an object", PromptText.Kind(reader.TokenType));
                return;
            }

            ReadMessage(ref reader, meter, count++);
        }

        error ??= count == 0 ? OpenAIErrors.NoMessages : null;
    }

    private void ReadMessage(ref Utf8JsonReader reader, PromptMeter meter, int index)
    {
        string? role = null;
        string? found = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.ValueSpan;
            reader.Read();
            if (name.SequenceEqual("role"u8) && reader.TokenType == JsonTokenType.String)
            {
                meter.Distinguish(reader.ValueSpan);
                role = Role(ref reader);
            }
            else if (name.SequenceEqual("content"u8))
            {
                found = ReadContent(ref reader, meter);
            }
            else if (name.SequenceEqual("tool_calls"u8) || name.SequenceEqual("function_call"u8))
            {
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                meter.Add(body.Bytes[messages][start..(int)reader.BytesConsumed]);
            }
            else
            {
                reader.Skip();
            }
        }

        error ??= role is null ? OpenAIErrors.MissingParameter($"messages[{index}].role") : null;
        marker = role switch
        {
            "user" => found,
            "system" or "developer" => marker,
            "tool" or "function" => PromptText.OfToolResult(found) ?? PromptText.OfToolResult(marker),
            _ => null,
        };
    }

    private readonly string? ReadContent(ref Utf8JsonReader reader, PromptMeter meter)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            return AddText(ref reader, meter);
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            return null;
        }

        string? found = null;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.StartObject)
            {
                found = ReadPart(ref reader, meter) ?? found;
            }
        }

        return found;
    }

    private readonly string? ReadPart(ref Utf8JsonReader reader, PromptMeter meter)
    {
        string? found = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.ValueSpan;
            reader.Read();
            if ((name.SequenceEqual("text"u8) || name.SequenceEqual("refusal"u8)) && reader.TokenType == JsonTokenType.String)
            {
                found = AddText(ref reader, meter) ?? found;
            }
            else if (name.SequenceEqual("image_url"u8) || name.SequenceEqual("input_audio"u8) || name.SequenceEqual("file"u8))
            {
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                meter.AddFlat(PartTokens, body.Bytes[messages][start..(int)reader.BytesConsumed]);
            }
            else
            {
                reader.Skip();
            }
        }

        return found;
    }

    /// <summary>Adds the text that the reader is at to a prompt, and finds the marker in it.</summary>
    internal static string? AddText(ref Utf8JsonReader reader, PromptMeter meter)
    {
        var text = PromptText.Unescaped(ref reader, out var rented);
        meter.Add(text);
        var found = PromptText.Marker(text);
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }

        return found;
    }

    private static string Role(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("user"u8) ? "user"
        : reader.ValueTextEquals("system"u8) ? "system"
        : reader.ValueTextEquals("assistant"u8) ? "assistant"
        : reader.GetString()!;
}
