using System.Text.Json;
using Purser.Core.Usage;

namespace Purser.Providers.OpenAI;

/// <summary>
/// The usage object of chat completions, or of responses, which say input and output for prompt and completion. Prompt tokens include
/// cached, cache-written and audio tokens; completion tokens include reasoning, audio, image and rejected predicted tokens.
/// </summary>
internal struct OpenAIUsage
{
    private long? prompt;
    private long? completion;
    private long? total;
    private long? cached;
    private long? cachedAudio;
    private long? cacheWrite;
    private long? cacheHit;
    private long? audioIn;
    private long? reasoning;
    private long? audioOut;

    // OpenRouter's, of models that answer with images.
    private long? imageOut;
    private UsageClass? contextRequest;
    private StatedCost cost;

    /// <summary>Reads the object that the reader is on, to its end.</summary>
    /// <param name="reader">The reader.</param>
    /// <param name="reading">Takes what is odd.</param>
    /// <param name="inResponses">Which names count: vendors send the others as well, with zeros.</param>
    public static OpenAIUsage Read(ref Utf8JsonReader reader, UsageReading reading, bool inResponses = false)
    {
        var usage = default(OpenAIUsage);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            if (reader.ValueTextEquals(inResponses ? "input_tokens"u8 : "prompt_tokens"u8))
            {
                usage.prompt = Next(ref reader, reading);
            }
            else if (reader.ValueTextEquals(inResponses ? "output_tokens"u8 : "completion_tokens"u8))
            {
                usage.completion = Next(ref reader, reading);
            }
            else if (reader.ValueTextEquals("total_tokens"u8))
            {
                usage.total = Next(ref reader, reading);
            }
            else if (reader.ValueTextEquals("prompt_cache_hit_tokens"u8))
            {
                usage.cacheHit = Next(ref reader, reading);
            }
            else if (reader.ValueTextEquals("search_context_size"u8))
            {
                reader.Read();
                usage.contextRequest = ContextRequest(ref reader);
            }
            else if (reader.ValueTextEquals(inResponses ? "input_tokens_details"u8 : "prompt_tokens_details"u8))
            {
                usage.ReadPromptDetails(ref reader, reading);
            }
            else if (reader.ValueTextEquals(inResponses ? "output_tokens_details"u8 : "completion_tokens_details"u8))
            {
                usage.ReadCompletionDetails(ref reader, reading);
            }
            else if (!usage.cost.TryRead(ref reader))
            {
                reader.Read();
                reader.Skip();
            }
        }
        (reading.ProviderCostUsd, reading.UpstreamCostUsd) = (usage.cost.Usd ?? reading.ProviderCostUsd, usage.cost.UpstreamUsd);
        return usage;
    }

    private void ReadPromptDetails(ref Utf8JsonReader reader, UsageReading reading)
    {
        reader.Read();
        if (!JsonReading.IsObject(ref reader, reading))
        {
            return;
        }
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            if (reader.ValueTextEquals("cached_tokens"u8))
            {
                cached = Next(ref reader, reading);
            }
            else if (reader.ValueTextEquals("cache_write_tokens"u8))
            {
                cacheWrite = Next(ref reader, reading);
            }
            else if (reader.ValueTextEquals("audio_tokens"u8))
            {
                audioIn = Next(ref reader, reading);
            }
            else if (reader.ValueTextEquals("cached_tokens_details"u8))
            {
                cachedAudio = ReadOne(ref reader, "audio_tokens"u8, reading);
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }
    }

    private void ReadCompletionDetails(ref Utf8JsonReader reader, UsageReading reading)
    {
        reader.Read();
        if (!JsonReading.IsObject(ref reader, reading))
        {
            return;
        }
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            if (reader.ValueTextEquals("reasoning_tokens"u8))
            {
                reasoning = Next(ref reader, reading);
            }
            else if (reader.ValueTextEquals("audio_tokens"u8))
            {
                audioOut = Next(ref reader, reading);
            }
            else if (reader.ValueTextEquals("image_tokens"u8))
            {
                imageOut = Next(ref reader, reading);
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }
    }

    private static long? ReadOne(ref Utf8JsonReader reader, ReadOnlySpan<byte> name, UsageReading reading)
    {
        long? value = null;
        reader.Read();
        if (!JsonReading.IsObject(ref reader, reading))
        {
            return null;
        }
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            if (reader.ValueTextEquals(name))
            {
                value = Next(ref reader, reading);
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }
        return value;
    }

    // Perplexity's, which has a fee for each request by the size of its search's context.
    private static UsageClass? ContextRequest(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            reader.Skip();
            return null;
        }
        return reader.ValueTextEquals("low"u8) ? UsageClass.LowContextRequest
            : reader.ValueTextEquals("medium"u8) ? UsageClass.MediumContextRequest
            : reader.ValueTextEquals("high"u8) ? UsageClass.HighContextRequest
            : null;
    }

    private static long? Next(ref Utf8JsonReader reader, UsageReading reading)
    {
        reader.Read();
        return JsonReading.Count(ref reader, reading);
    }

    /// <summary>Takes over what a vendor states beside the details, and moves reasoning into the completion where it is counted outside.</summary>
    public void Add(in VendorFigures vendor, ReasoningPlace place, UsageReading reading)
    {
        var read = cached ?? cacheHit;
        if (vendor.CacheHit >= 0 && vendor.CacheMiss >= 0 && vendor.CacheHit + vendor.CacheMiss != prompt)
        {
            reading.AddViolation("the prompt tokens are not the sum of the cache's hits and misses");
        }
        if ((read is { } stated && vendor.CachedTop >= 0 && vendor.CachedTop != stated) || (cached ?? cacheHit) != (cacheHit ?? cached))
        {
            reading.AddViolation("the cached tokens are stated twice, and differ");
        }
        cached = read ?? (vendor.CachedTop >= 0 ? vendor.CachedTop : null);
        if (vendor.Reasoning >= 0 && (reasoning ?? vendor.Reasoning) != vendor.Reasoning)
        {
            reading.AddViolation("the reasoning tokens are stated twice, and differ");
        }
        if (reasoning is null && vendor.Reasoning >= 0)
        {
            reasoning = vendor.Reasoning;
        }
        if (vendor.Input > prompt || vendor.Output > (completion ?? total))
        {
            reading.AddViolation("the tokens are stated by two names, and differ");
        }
        if (vendor.Rejected > (completion ?? total))
        {
            reading.AddViolation("the rejected tokens exceed the completion tokens");
        }
        Place(place);
    }

    private void Place(ReasoningPlace place)
    {
        if (completion is not { } seen || prompt is not { } input)
        {
            return;
        }
        var thought = reasoning ?? 0;
        if (place == ReasoningPlace.Beside)
        {
            total = total == input + seen ? total + thought : total;
            completion = seen + thought;
        }
        else if (total != input + seen && (total == input + seen + thought || (total is null && place == ReasoningPlace.Outside)))
        {
            completion = seen + thought;
        }
        else if (place == ReasoningPlace.Unnamed && thought == 0 && total > input + seen)
        {
            (reasoning, completion) = (total - input - seen, total - input);
        }
    }

    /// <summary>Reads what is said of a usage that has no output: the prompt alone, or the total alone, is all of it.</summary>
    public void HasOnlyInput()
    {
        prompt ??= total;
        completion ??= total is null ? 0 : null;
    }

    /// <summary>Splits the figures into disjoint classes. False where the totals aren't there: nothing can be said then.</summary>
    public readonly bool TrySplit(UsageReading reading, out TokenUsage usage)
    {
        usage = default;
        if (prompt is not { } promptTokens || (completion is null && total is null))
        {
            reading.AddViolation("the usage lacks prompt or completion tokens");
            return false;
        }
        if (completion is null && total < promptTokens)
        {
            reading.AddViolation("the total tokens are fewer than the prompt tokens");
        }
        SplitPrompt(promptTokens, reading, ref usage);
        SplitCompletion(completion ?? Math.Max(0, (total ?? 0) - promptTokens), reading, ref usage);
        AddUnexplained(reading, ref usage);
        if (contextRequest is { } sized)
        {
            usage[sized] = 1;
        }
        return true;
    }

    /// <summary>
    /// Takes audio out of the figures, where it is billed by the second (Mistral): its tokens are in the total, and not in the prompt.
    /// </summary>
    public void LeaveOutAudio()
    {
        if (total > prompt + completion && (audioIn is null || total == prompt + completion + audioIn))
        {
            total = prompt + completion;
        }
        audioIn = 0;
    }

    private readonly void SplitPrompt(long promptTokens, UsageReading reading, ref TokenUsage usage)
    {
        var read = cached ?? cacheHit ?? 0;
        var written = cacheWrite ?? 0;
        var audio = audioIn ?? 0;
        var text = promptTokens - audio - written;
        // Without a breakdown, text counts as cached first: audio has the dearer rate and the larger discount.
        var audioRead = cachedAudio ?? Math.Max(0, read - Math.Max(0, text));
        var textRead = read - audioRead;
        if (text < 0 || textRead < 0 || textRead > text || audioRead > audio)
        {
            // Which figure is wrong can't be known: none is taken as part of another.
            reading.AddViolation("the parts of the prompt tokens exceed their sum");
            (text, textRead, audioRead) = (promptTokens + read, read, 0);
        }
        usage[UsageClass.Input] = text - textRead;
        usage[UsageClass.CacheRead] = textRead;
        usage[UsageClass.CacheWrite5m] = written;
        usage[UsageClass.AudioInput] = audio - audioRead;
        usage[UsageClass.AudioCacheRead] = audioRead;
    }

    private readonly void SplitCompletion(long completionTokens, UsageReading reading, ref TokenUsage usage)
    {
        var thought = reasoning ?? 0;
        var audio = audioOut ?? 0;
        var image = imageOut ?? 0;
        var text = completionTokens - thought - audio - image;
        if (text < 0)
        {
            reading.AddViolation("the parts of the completion tokens exceed their sum");
            text = completionTokens;
        }
        usage[UsageClass.Output] = text;
        usage[UsageClass.ReasoningOutput] = thought;
        usage[UsageClass.AudioOutput] = audio;
        usage[UsageClass.ImageOutput] = image;
    }

    // Some vendors count reasoning outside the completion, and only in the total.
    private readonly void AddUnexplained(UsageReading reading, ref TokenUsage usage)
    {
        if (total is not { } all || all == prompt + completion)
        {
            return;
        }
        var unexplained = all - usage.TotalTokens;
        if (completion is not null)
        {
            reading.AddViolation("the total tokens are not the sum of prompt and completion tokens");
        }
        if (unexplained > 0)
        {
            usage[UsageClass.Output] += unexplained;
        }
    }
}
