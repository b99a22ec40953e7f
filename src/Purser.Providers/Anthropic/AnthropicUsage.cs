using System.Text.Json;
using Purser.Core.Usage;
using Purser.Providers.OpenAI;

namespace Purser.Providers.Anthropic;

/// <summary>
/// The usage of one answer over all its events. Figures are taken over event by event, and only from events that are whole.
/// </summary>
internal sealed class AnthropicUsage
{
    private readonly List<Iteration> iterations = [];
    private AnthropicFigures known;
    private AnthropicFigures pending;

    private enum IterationKind
    {
        Other,
        Message,
        Fallback,
        Compaction,
        Advisor,
    }

    private struct Iteration
    {
        public IterationKind Kind;
        public string? Model;
        public AnthropicFigures Figures;
    }

    /// <summary>Bytes of thinking that were shown in the content block that is being streamed.</summary>
    public long BlockThinkingBytes { get; set; }

    /// <summary>Begins a new event.</summary>
    public void Begin()
    {
        pending = default;
        iterations.Clear();
    }

    /// <summary>Reads the usage object that the reader is on, to its end.</summary>
    public void Read(ref Utf8JsonReader reader, UsageReading reading)
    {
        Begin();
        var cost = default(StatedCost);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            if (pending.TryRead(ref reader, reading))
            {
                continue;
            }
            if (reader.ValueTextEquals("service_tier"u8))
            {
                reader.Read();
                reading.ServiceTier = JsonReading.Term(ref reader, reading.ServiceTier, reading);
            }
            else if (reader.ValueTextEquals("speed"u8))
            {
                reader.Read();
                reading.Speed = JsonReading.Term(ref reader, reading.Speed, reading);
            }
            else if (reader.ValueTextEquals("inference_geo"u8))
            {
                reader.Read();
                reading.InferenceGeo = JsonReading.Term(ref reader, reading.InferenceGeo, reading);
            }
            else if (reader.ValueTextEquals("iterations"u8))
            {
                reader.Read();
                ReadIterations(ref reader, reading);
            }
            else if (!cost.TryRead(ref reader))
            {
                reader.Read();
                reader.Skip();
            }
        }
        // OpenRouter's, in any format that it speaks.
        (reading.ProviderCostUsd, reading.UpstreamCostUsd) = (
            cost.Usd ?? reading.ProviderCostUsd,
            cost.UpstreamUsd ?? reading.UpstreamCostUsd
        );
    }

    /// <summary>The event was whole: its figures count.</summary>
    public void Commit(UsageReading reading)
    {
        known.Merge(pending, reading);
        if (!known.TrySplit(reading, out var usage))
        {
            return;
        }
        if (iterations.Count > 0)
        {
            AddIterations(reading, ref usage);
        }
        reading.Usage = usage;
        reading.HasUsage = true;
    }

    private void ReadIterations(ref Utf8JsonReader reader, UsageReading reading)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            if (reader.TokenType != JsonTokenType.Null)
            {
                reading.AddViolation("a part of the usage is no list");
            }
            reader.Skip();
            return;
        }
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.StartObject)
            {
                iterations.Add(ReadIteration(ref reader, reading));
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private static Iteration ReadIteration(ref Utf8JsonReader reader, UsageReading reading)
    {
        var iteration = default(Iteration);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            if (iteration.Figures.TryRead(ref reader, reading))
            {
                continue;
            }
            if (reader.ValueTextEquals("model"u8))
            {
                reader.Read();
                iteration.Model = JsonReading.Text(ref reader, null);
            }
            else if (reader.ValueTextEquals("type"u8))
            {
                reader.Read();
                iteration.Kind = Kind(ref reader);
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }
        return iteration;
    }

    private static IterationKind Kind(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            reader.Skip();
            return IterationKind.Other;
        }
        return reader.ValueTextEquals("message"u8) ? IterationKind.Message
            : reader.ValueTextEquals("fallback_message"u8) ? IterationKind.Fallback
            : reader.ValueTextEquals("compaction"u8) ? IterationKind.Compaction
            : reader.ValueTextEquals("advisor_message"u8) ? IterationKind.Advisor
            : IterationKind.Other;
    }

    // The figures at the top are those of the messages. Compactions and advisors are billed beside them; hops of a
    // fallback are among them, though other models ran.
    private void AddIterations(UsageReading reading, ref TokenUsage usage)
    {
        reading.ClearOtherModels();
        var served = ServedModel(reading);
        var messages = default(TokenUsage);
        var elsewhere = default(TokenUsage);
        foreach (var iteration in iterations)
        {
            if (!iteration.Figures.TrySplit(reading, out var used))
            {
                continue;
            }
            switch (iteration.Kind)
            {
                case IterationKind.Compaction:
                    Add(ref usage, used);
                    Add(ref messages, used);
                    break;
                case IterationKind.Message or IterationKind.Fallback:
                    Add(ref messages, used);
                    if (iteration.Model is { } hop && hop != served)
                    {
                        Add(ref elsewhere, used);
                        reading.AddOtherModel(hop, used);
                    }
                    break;
                case IterationKind.Advisor when iteration.Model is { } advisor:
                    reading.AddOtherModel(advisor, used);
                    break;
                default:
                    reading.AddViolation("an iteration of an unknown kind is counted on the answer's model");
                    Add(ref usage, used);
                    Add(ref messages, used);
                    break;
            }
        }
        if (elsewhere != default)
        {
            MoveElsewhere(reading, messages, elsewhere, ref usage);
        }
        else if (messages.InputTokens > usage.InputTokens || messages.OutputTokens > usage.OutputTokens)
        {
            reading.AddViolation("the iterations are not the sum of the usage");
        }
    }

    private string? ServedModel(UsageReading reading)
    {
        string? served = null;
        foreach (var iteration in iterations)
        {
            if (iteration.Kind is IterationKind.Message or IterationKind.Fallback)
            {
                served = iteration.Model ?? served;
            }
            if (iteration.Kind == IterationKind.Fallback && iteration.Model is not null)
            {
                reading.ServedModel = iteration.Model;
            }
        }
        return served;
    }

    private static void MoveElsewhere(UsageReading reading, in TokenUsage messages, in TokenUsage elsewhere, ref TokenUsage usage)
    {
        if (messages.InputTokens != usage.InputTokens || messages.OutputTokens != usage.OutputTokens)
        {
            reading.AddViolation("the iterations are not the sum of the usage");
            return;
        }
        var rest = usage;
        for (var index = 0; index < TokenUsage.ClassCount; index++)
        {
            var usageClass = (UsageClass)index;
            if (elsewhere[usageClass] > rest[usageClass])
            {
                reading.AddViolation("the iterations are not the sum of the usage");
                return;
            }
            rest[usageClass] -= elsewhere[usageClass];
        }
        usage = rest;
    }

    private static void Add(ref TokenUsage sum, in TokenUsage other)
    {
        for (var index = 0; index < TokenUsage.ClassCount; index++)
        {
            var usageClass = (UsageClass)index;
            sum[usageClass] = Math.Min(UsageReading.MaxCount, sum[usageClass] + other[usageClass]);
        }
    }
}
