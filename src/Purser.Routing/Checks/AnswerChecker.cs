using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Purser.Routing.Checks;

/// <summary>
/// Checks an answer against what was asked for. A check fails only for what is certain: what can't be told passes. Pure, and whatever the answer is,
/// nothing is thrown.
/// </summary>
public static class AnswerChecker
{
    private const int MaxDepth = 256;

    private static readonly JsonDocumentOptions Json = new() { MaxDepth = MaxDepth };

    /// <summary>What an answer fails; null where it passes. Of several choices a client takes the best: all have to fail.</summary>
    /// <param name="demand">What was asked for.</param>
    /// <param name="choices">The answer; without any, nothing is said of it.</param>
    /// <param name="checks">Which checks are made.</param>
    public static CheckFailure? Fault(AnswerDemand demand, IReadOnlyList<CheckedChoice> choices, AnswerChecks checks)
    {
        var first = default(CheckFailure);
        foreach (var choice in choices)
        {
            if (FaultOf(demand, choice, checks) is not { } fault)
            {
                return null;
            }

            first ??= fault;
        }

        return first;
    }

    private static CheckFailure? FaultOf(AnswerDemand demand, CheckedChoice choice, AnswerChecks checks)
    {
        CheckFailure? fault = null;
        // A refusal isn't of the schema either: what says most of the answer comes first.
        _ =
            Fails(AnswerChecks.Refusal, Refusal(choice))
            || Fails(AnswerChecks.Truncation, Truncation(demand, choice))
            || Fails(AnswerChecks.Empty, Empty(demand, choice))
            || Fails(AnswerChecks.Tools, Tools(demand, choice))
            || Fails(AnswerChecks.Schema, Schema(demand, choice));
        return fault;

        bool Fails(AnswerChecks check, string? why)
        {
            fault = why is not null && checks.HasFlag(check) ? new CheckFailure(check, why) : null;
            return fault is not null;
        }
    }

    private static string? Refusal(CheckedChoice choice) =>
        choice.Stop == AnswerStop.Refusal ? "the model or a filter stopped the answer"
        : choice.HasRefusal ? "the model says that it refuses"
        : choice is { Calls.Count: 0, HasOther: false } && RefusalPhrases.Opens(choice.Text)
            ? "the answer opens with the words of a refusal"
        : null;

    private static string? Truncation(AnswerDemand demand, CheckedChoice choice) =>
        demand.HasLimit ? null
        : choice.Stop == AnswerStop.Limit ? "the answer ended at a limit that the request doesn't set"
        : demand.WantsJson && choice.Calls.Count == 0 && FormOf(choice.Text) == JsonForm.Cut ? "the answer's JSON is cut off"
        : null;

    // With a limit of the client's own, thinking may have taken all of it: another model's would be no longer.
    private static string? Empty(AnswerDemand demand, CheckedChoice choice) =>
        choice is { Calls.Count: 0, HasOther: false, HasRefusal: false, Stop: not AnswerStop.Pause }
        && string.IsNullOrWhiteSpace(choice.Text)
        && !IsCut(demand, choice)
            ? "there is nothing in the answer"
            : null;

    private static string? Tools(AnswerDemand demand, CheckedChoice choice)
    {
        if (choice.Calls.Count == 0)
        {
            return demand.MustCall && choice is { HasOther: false, Stop: not AnswerStop.Pause } && !IsCut(demand, choice)
                ? "no tool is called, and the request says that one must be"
                : null;
        }

        foreach (var call in choice.Calls)
        {
            if (!demand.Tools.TryGetValue(call.Tool, out var schema))
            {
                if (!demand.HasOpenTools)
                {
                    return "a tool is called that the request doesn't have";
                }
            }
            else if (!call.IsText && schema is { } form && !IsCut(demand, choice) && FaultOf(call.Arguments, form) is { } why)
            {
                return why;
            }
        }

        return null;
    }

    private static string? FaultOf(string arguments, JsonElement schema)
    {
        // Several vendors write nothing where there are no arguments.
        var text = string.IsNullOrWhiteSpace(arguments) ? "{}" : arguments;
        if (FormOf(text) != JsonForm.Whole)
        {
            return "the arguments of a tool aren't JSON";
        }

        using var read = JsonDocument.Parse(text, Json);
        return read.RootElement.ValueKind != JsonValueKind.Object ? "the arguments of a tool are no JSON object"
            : SchemaCheck.Fault(schema, read.RootElement) is { } keyword ? $"the arguments of a tool don't fit its schema ({keyword})"
            : null;
    }

    private static string? Schema(AnswerDemand demand, CheckedChoice choice)
    {
        if (!demand.WantsJson || choice.Calls.Count > 0 || choice is { HasOther: true, Text.Length: 0 } || IsCut(demand, choice))
        {
            return null;
        }

        if (FormOf(choice.Text) != JsonForm.Whole)
        {
            return "the answer isn't JSON";
        }

        using var read = JsonDocument.Parse(choice.Text, Json);
        return demand.Schema is not { } schema
            ? read.RootElement.ValueKind == JsonValueKind.Object
                ? null
                : "the answer is no JSON object"
            : SchemaCheck.Fault(schema, read.RootElement) is { } keyword
                ? $"the answer doesn't keep to the schema ({keyword})"
                : null;
    }

    private static bool IsCut(AnswerDemand demand, CheckedChoice choice) => demand.HasLimit && choice.Stop == AnswerStop.Limit;

    private enum JsonForm
    {
        None,
        Cut,
        Whole,
    }

    /// <summary>Whether a text is one JSON value, the beginning of one, or neither. What is nested deeper than is read counts as neither.</summary>
    private static JsonForm FormOf(string text)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        try
        {
            var length = Encoding.UTF8.GetBytes(text, bytes);
            // A number is only seen to end where something follows it.
            bytes[length] = (byte)' ';
            var json = new Utf8JsonReader(
                bytes.AsSpan(0, length + 1),
                isFinalBlock: false,
                new JsonReaderState(new JsonReaderOptions { MaxDepth = MaxDepth })
            );
            var values = 0;
            while (json.Read())
            {
                values += json.CurrentDepth == 0 && json.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray) ? 1 : 0;
            }

            return values == 1 && json.CurrentDepth == 0 && json.BytesConsumed >= length ? JsonForm.Whole
                : values == 0 && length > 0 && json.TokenType != JsonTokenType.None ? JsonForm.Cut
                : JsonForm.None;
        }
        catch (JsonException)
        {
            return JsonForm.None;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }
}
