using System.Text;
using System.Text.Json;
using Purser.Simulator.Caching;
using Purser.Simulator.Http;
using Purser.Simulator.OpenAI;
using Purser.Simulator.Requests;

namespace Purser.Simulator.OpenAIResponses;

/// <summary>Reads the body of <c>POST /v1/responses</c> in one forward pass, and its tools and input in a second one.</summary>
internal ref struct ResponsesRequestReader
{
    private const long LeastOutputTokens = 16;

    private static readonly Dictionary<string, string> Defaults = new()
    {
        ["instructions"] = "null",
        ["max_output_tokens"] = "null",
        ["max_tool_calls"] = "null",
        ["parallel_tool_calls"] = "true",
        ["previous_response_id"] = "null",
        ["prompt_cache_key"] = "null",
        ["reasoning"] = "{\"effort\":null,\"summary\":null}",
        ["safety_identifier"] = "null",
        ["store"] = "true",
        ["temperature"] = "1.0",
        ["text"] = "{\"format\":{\"type\":\"text\"},\"verbosity\":\"medium\"}",
        ["tool_choice"] = "\"auto\"",
        ["tools"] = "[]",
        ["top_logprobs"] = "0",
        ["top_p"] = "1.0",
        ["truncation"] = "\"disabled\"",
        ["user"] = "null",
        ["metadata"] = "{}",
    };

    private static readonly string[] BeforeModel = ["instructions", "max_output_tokens", "max_tool_calls"];
    private static readonly string[] AfterOutput =
    [
        "parallel_tool_calls",
        "previous_response_id",
        "prompt_cache_key",
        "reasoning",
        "safety_identifier",
        "store",
        "temperature",
        "text",
        "tool_choice",
        "tools",
        "top_logprobs",
        "top_p",
        "truncation",
    ];
    private static readonly string[] AfterUsage = ["user", "metadata"];

    private readonly RequestBody body;
    private readonly Dictionary<string, Range> said = [];
    private RequestError? error;
    private OutputFormat format;
    private string? model;
    private string? endUser;
    private string? serviceTier;
    private string? effort;
    private string? previous;
    private string? toolName;
    private ToolDemand toolDemand;
    private bool stream;
    private bool background;
    private bool generates = true;
    private bool store = true;
    private long? maxTokens;
    private Range input;
    private bool hasInput;
    private readonly List<Range> moreTools = [];
    private string? marker;

    private ResponsesRequestReader(RequestBody body) => this.body = body;

    /// <summary>Reads a body.</summary>
    /// <returns>Null, and why, when the API would refuse it.</returns>
    public static ChatRequest? Read(RequestBody body, out RequestError? error)
    {
        var reader = new ResponsesRequestReader(body);
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
        long? before = previous is null ? 0 : body.Kept?.Find(previous) ?? body.Unstored?.Find(previous);
        model = body.Model ?? model;
        error ??= Check(before);
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
        ReadPrompt(meter, (int)before!.Value);
        return error is not null
            ? null
            : new ChatRequest
            {
                Model = facts,
                Stream = body.Stream ?? stream,
                IncludeUsage = true,
                Generates = generates,
                MaxTokens = maxTokens,
                ServiceTier = OpenAIValues.ServedTier(serviceTier),
                EndUser = endUser,
                Reasons = facts.Reasons && effort is not ("none" or "minimal"),
                ToolDemand = toolDemand,
                ToolName = toolName,
                Tools = said.GetValueOrDefault("tools"),
                MoreTools = moreTools,
                WantsJson = format.WantsJson,
                OutputSchema = format.Schema,
                PromptTokens = meter.Tokens,
                Prefixes = meter.Points,
                Marker = marker,
                Echo = Echo(),
            };
    }

    private readonly ResponseEcho Echo() =>
        new ResponseEcho(
            Echo(BeforeModel),
            Echo(AfterOutput),
            Echo(AfterUsage),
            store ? body.Bytes[input].ToArray() : [],
            store ? body.Kept : body.Unstored
        );

    private readonly RequestError? Check(long? before) =>
        model is null or "" ? OpenAIErrors.MissingParameter("model")
        : !hasInput && previous is null ? OpenAIErrors.MissingParameter("input")
        : before is null ? ResponsesErrors.PreviousNotFound(previous!)
        : background ? ResponsesErrors.Background
        : null;

    private void ReadProperty(ref Utf8JsonReader reader)
    {
        var name = reader.GetString()!;
        var rest = reader;
        rest.Read();
        var value = PromptText.Section(ref rest);
        if (Defaults.ContainsKey(name) && rest.TokenType != JsonTokenType.Null)
        {
            said[name] = value;
        }

        generates &= name != "generate" || rest.TokenType != JsonTokenType.False;
        switch (name)
        {
            case "model":
                model = OpenAIValues.String(ref reader, name, ref error);
                break;
            case "input":
                (input, hasInput) = (value, rest.TokenType is JsonTokenType.String or JsonTokenType.EndArray);
                break;
            case "stream":
                stream = OpenAIValues.Boolean(ref reader, name, ref error);
                break;
            case "background":
                background = OpenAIValues.Boolean(ref reader, name, ref error);
                break;
            case "store":
                store = rest.TokenType == JsonTokenType.Null || OpenAIValues.Boolean(ref reader, name, ref error);
                break;
            case "max_output_tokens":
                maxTokens = OpenAIValues.Integer(ref reader, name, LeastOutputTokens, ref error);
                break;
            case "user":
                endUser = OpenAIValues.String(ref reader, name, ref error);
                break;
            case "service_tier":
                serviceTier = OpenAIValues.String(ref reader, name, ref error);
                break;
            case "previous_response_id":
                previous = OpenAIValues.String(ref reader, name, ref error);
                break;
            case "reasoning":
                reader.Read();
                effort = PromptText.StringProperty(ref reader, "effort"u8);
                break;
            case "text":
                reader.Read();
                ReadText(ref reader);
                break;
            case "tool_choice":
                reader.Read();
                ReadToolChoice(ref reader);
                break;
            default:
                break;
        }

        reader = rest;
    }

    private void ReadText(ref Utf8JsonReader reader)
    {
        while (reader.TokenType != JsonTokenType.Null && reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isFormat = reader.ValueTextEquals("format"u8);
            reader.Read();
            format = isFormat ? OutputFormat.Read(ref reader) : format;
            reader.Skip();
        }
    }

    private void ReadToolChoice(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            toolDemand = reader.ValueTextEquals("required"u8) ? ToolDemand.Any : ToolDemand.None;
        }
        else if (reader.TokenType == JsonTokenType.StartObject)
        {
            toolName = PromptText.StringProperty(ref reader, "name"u8);
            toolDemand = toolName is null ? ToolDemand.None : ToolDemand.Named;
        }
    }

    private readonly byte[] Echo(string[] names)
    {
        var echo = new OutputBuffer();
        foreach (var name in names)
        {
            echo.Add(echo.Length == 0 ? "\""u8 : ",\""u8).AddAscii(name).Add("\":"u8);
            echo.Add(said.TryGetValue(name, out var value) ? body.Bytes[value] : Encoding.ASCII.GetBytes(Defaults[name]));
        }

        return echo.Written.ToArray();
    }

    private void ReadPrompt(PromptMeter meter, int before)
    {
        if (before > 0)
        {
            meter.AddFlat(before, Encoding.UTF8.GetBytes(previous!));
        }

        meter.Add(body.Bytes[said.GetValueOrDefault("tools")]);
        if (said.TryGetValue("instructions", out var instructions))
        {
            var text = body.Reader(instructions);
            text.Read();
            if (text.TokenType == JsonTokenType.String)
            {
                OpenAIRequestReader.AddText(ref text, meter);
            }
        }

        if (!hasInput)
        {
            return;
        }

        var reader = body.Reader(input);
        reader.Read();
        if (reader.TokenType == JsonTokenType.String)
        {
            marker = OpenAIRequestReader.AddText(ref reader, meter);
            return;
        }

        var count = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                error = OpenAIErrors.WrongType($"input[{count}]", "an object", PromptText.Kind(reader.TokenType));
                return;
            }

            ReadItem(ref reader, meter);
            count++;
        }
    }

    // All strings of an item but its type, role, id and state count; pictures and files count flat.
    private void ReadItem(ref Utf8JsonReader reader, PromptMeter meter)
    {
        var start = reader.CurrentDepth;
        string? role = null;
        string? found = null;
        var isToolResult = false;
        while (reader.Read() && !(reader.TokenType == JsonTokenType.EndObject && reader.CurrentDepth == start))
        {
            if (reader.TokenType != JsonTokenType.PropertyName)
            {
                continue;
            }

            var name = reader.GetString()!;
            reader.Read();
            if (name == "tools" && reader.TokenType == JsonTokenType.StartArray)
            {
                // Codex sends tools as an item: {"type":"additional_tools","tools":[…]}.
                var from = input.Start.Value;
                var (offset, length) = PromptText.Section(ref reader).GetOffsetAndLength(int.MaxValue);
                moreTools.Add((from + offset)..(from + offset + length));
                meter.Add(body.Bytes[moreTools[^1]]);
                continue;
            }

            if (reader.TokenType != JsonTokenType.String)
            {
                continue;
            }

            if (name == "role")
            {
                meter.Distinguish(reader.ValueSpan);
                role = reader.GetString();
            }
            else if (name is "image_url" or "file_url" or "file_data" or "file_id")
            {
                meter.AddFlat(OpenAIRequestReader.PartTokens, reader.ValueSpan);
            }
            else if (name == "type")
            {
                isToolResult |= reader.ValueSpan.EndsWith("_output"u8);
            }
            else if (name is not ("id" or "status" or "detail"))
            {
                found = OpenAIRequestReader.AddText(ref reader, meter) ?? found;
            }
        }

        marker = role switch
        {
            "user" => found,
            "system" or "developer" => marker,
            _ when isToolResult => PromptText.OfToolResult(found) ?? PromptText.OfToolResult(marker),
            _ => null,
        };
    }
}
