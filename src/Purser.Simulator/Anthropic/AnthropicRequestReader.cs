using System.Text.Json;
using Purser.Simulator.Caching;
using Purser.Simulator.Requests;

namespace Purser.Simulator.Anthropic;

/// <summary>
/// Reads the body of <c>POST /v1/messages</c> and <c>/v1/messages/count_tokens</c> in one forward pass, and then its tools, system prompt
/// and messages, in that order: it is the order in which prompts are cached, whatever the order in the body.
/// </summary>
internal ref struct AnthropicRequestReader
{
    private readonly RequestBody body;
    private RequestError? error;
    private string? model;
    private string? endUser;
    private string? version;
    private string? inferenceGeo;
    private string? thinking;
    private string? display;
    private string? choice;
    private string? toolName;
    private long? budget;
    private long? maxTokens;
    private bool stream;
    private bool hasMessages;
    private CacheTtl wholeTtl;
    private OutputFormat format;
    private List<string>? stops;
    private Range messages;
    private Range system;
    private Range tools;

    private AnthropicRequestReader(RequestBody body) => this.body = body;

    /// <summary>Reads a body.</summary>
    /// <param name="body">The body.</param>
    /// <param name="countOnly">Whether the request only counts tokens, so that <c>max_tokens</c> may be missing.</param>
    /// <param name="error">Why the API would refuse it.</param>
    /// <returns>Null when the API would refuse it.</returns>
    public static ChatRequest? Read(RequestBody body, bool countOnly, out RequestError? error)
    {
        var reader = new AnthropicRequestReader(body);
        try
        {
            var request = reader.Read(countOnly);
            error = reader.error;
            return error is null ? request : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            error = AnthropicErrors.NotJson;
            return null;
        }
    }

    private ChatRequest? Read(bool countOnly)
    {
        var reader = body.Reader();
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            error = AnthropicErrors.NotJson;
            return null;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            ReadProperty(ref reader);
        }

        // What follows the object must be nothing: the reader throws otherwise.
        reader.Read();
        model = body.Model ?? model;
        error ??= Check(countOnly);
        if (error is not null)
        {
            return null;
        }

        var facts = body.Models.Get(model!);
        if (!facts.Exists)
        {
            error = AnthropicErrors.NoSuchModel(model!);
            return null;
        }

        var meter = body.Meter(facts, steps: false);
        var prompt = new AnthropicPromptReader(body, meter);
        error = prompt.Read(tools, system, messages);
        meter.MarkLastBlock(wholeTtl);
        error ??= prompt.Marks > 4 ? AnthropicErrors.TooManyMarks(prompt.Marks) : null;
        return new ChatRequest
        {
            Model = facts,
            ApiVersion = version,
            Stream = body.Stream ?? stream,
            MaxTokens = maxTokens,
            StopSequences = stops ?? [],
            ServiceTier = "standard",
            EndUser = endUser,
            Reasons = thinking is not (null or "disabled"),
            ReasoningBudget = budget,
            ShowsReasoning = display != "omitted",
            InferenceGeo = inferenceGeo,
            ToolDemand = Demand(),
            ToolName = toolName,
            Tools = tools,
            WantsJson = format.WantsJson,
            OutputSchema = format.Schema,
            PromptTokens = meter.Tokens,
            Prefixes = meter.Points,
            Marker = prompt.Marker,
        };
    }

    private readonly ToolDemand Demand() =>
        choice switch
        {
            "any" => ToolDemand.Any,
            "tool" => ToolDemand.Named,
            _ => ToolDemand.None,
        };

    private void ReadProperty(ref Utf8JsonReader reader)
    {
        var name = reader.ValueSpan;
        reader.Read();
        if (name.SequenceEqual("model"u8))
        {
            model = ReadString(ref reader, "model");
        }
        else if (name.SequenceEqual("messages"u8))
        {
            hasMessages = reader.TokenType == JsonTokenType.StartArray;
            messages = PromptText.Section(ref reader);
        }
        else if (name.SequenceEqual("system"u8))
        {
            system = PromptText.Section(ref reader);
        }
        else if (name.SequenceEqual("tools"u8))
        {
            var isArray = reader.TokenType == JsonTokenType.StartArray;
            var section = PromptText.Section(ref reader);
            tools = isArray ? section : default;
        }
        else if (name.SequenceEqual("max_tokens"u8))
        {
            maxTokens = ReadInteger(ref reader, "max_tokens");
        }
        else if (name.SequenceEqual("stream"u8))
        {
            error ??= reader.TokenType is JsonTokenType.True or JsonTokenType.False ? null : AnthropicErrors.WrongType("stream", "boolean");
            stream = reader.TokenType == JsonTokenType.True;
            reader.Skip();
        }
        else
        {
            ReadRareProperty(ref reader, name);
        }
    }

    private void ReadRareProperty(ref Utf8JsonReader reader, ReadOnlySpan<byte> name)
    {
        if (name.SequenceEqual("metadata"u8))
        {
            endUser = PromptText.StringProperty(ref reader, "user_id"u8);
        }
        else if (name.SequenceEqual("stop_sequences"u8))
        {
            stops = PromptText.Strings(ref reader) ?? [];
        }
        else if (name.SequenceEqual("thinking"u8) && reader.TokenType == JsonTokenType.StartObject)
        {
            ReadThinking(ref reader);
        }
        else if (name.SequenceEqual("tool_choice"u8) && reader.TokenType == JsonTokenType.StartObject)
        {
            var named = reader;
            choice = PromptText.StringProperty(ref reader, "type"u8);
            toolName = PromptText.StringProperty(ref named, "name"u8);
        }
        else if (name.SequenceEqual("output_format"u8))
        {
            format = OutputFormat.Read(ref reader);
        }
        else if (name.SequenceEqual("output_config"u8) && reader.TokenType == JsonTokenType.StartObject)
        {
            ReadOutputConfig(ref reader);
        }
        else if (name.SequenceEqual("cache_control"u8))
        {
            wholeTtl = AnthropicPromptReader.ReadCacheControl(ref reader);
        }
        else if (name.SequenceEqual("anthropic_version"u8))
        {
            version = ReadString(ref reader, "anthropic_version");
        }
        else if (name.SequenceEqual("inference_geo"u8))
        {
            inferenceGeo = ReadString(ref reader, "inference_geo");
        }
        else
        {
            reader.Skip();
        }
    }

    private void ReadOutputConfig(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isFormat = reader.ValueTextEquals("format"u8);
            reader.Read();
            format = isFormat ? OutputFormat.Read(ref reader) : format;
            reader.Skip();
        }
    }

    private void ReadThinking(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.ValueSpan;
            reader.Read();
            if (name.SequenceEqual("type"u8))
            {
                thinking = ReadString(ref reader, "thinking.type");
            }
            else if (name.SequenceEqual("display"u8))
            {
                display = ReadString(ref reader, "thinking.display");
            }
            else if (name.SequenceEqual("budget_tokens"u8))
            {
                budget = ReadInteger(ref reader, "thinking.budget_tokens");
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private readonly RequestError? Check(bool countOnly) =>
        model is null ? AnthropicErrors.Required("model")
        : maxTokens is null && !countOnly ? AnthropicErrors.Required("max_tokens")
        : !hasMessages ? AnthropicErrors.Required("messages")
        : maxTokens < 1 ? AnthropicErrors.Invalid("max_tokens: Input should be greater than or equal to 1")
        : thinking == "enabled" && budget is null ? AnthropicErrors.Required("thinking.enabled.budget_tokens")
        : thinking == "enabled" && budget < 1024 ? AnthropicErrors.BudgetTooSmall
        : thinking == "enabled" && budget >= maxTokens ? AnthropicErrors.BudgetAboveLimit
        : thinking == "enabled" && choice is ("any" or "tool") ? AnthropicErrors.ThinkingWithForcedTool
        : null;

    private string? ReadString(ref Utf8JsonReader reader, string name)
    {
        if (reader.TokenType is JsonTokenType.String or JsonTokenType.Null)
        {
            return reader.GetString();
        }

        error ??= AnthropicErrors.WrongType(name, "string");
        reader.Skip();
        return null;
    }

    private long? ReadInteger(ref Utf8JsonReader reader, string name)
    {
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var number))
        {
            return number;
        }

        error ??= reader.TokenType == JsonTokenType.Null ? null : AnthropicErrors.WrongType(name, "integer");
        reader.Skip();
        return null;
    }
}
