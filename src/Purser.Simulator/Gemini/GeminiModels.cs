using Purser.Simulator.Http;
using Purser.Simulator.Requests;

namespace Purser.Simulator.Gemini;

/// <summary>Gemini's list of models, and its counting of tokens.</summary>
internal static class GeminiModels
{
    private static readonly (string Name, string DisplayName)[] Models =
    [
        ("gemini-3.7-flash", "Gemini 3.7 Flash"),
        ("gemini-3.1-pro-preview", "Gemini 3.1 Pro Preview"),
        ("gemini-3.1-flash-lite", "Gemini 3.1 Flash-Lite"),
        ("gemini-2.5-pro", "Gemini 2.5 Pro"),
        ("gemini-2.5-flash", "Gemini 2.5 Flash"),
        ("gemini-2.5-flash-lite", "Gemini 2.5 Flash-Lite"),
        ("gemini-embedding-2", "Gemini Embedding 2"),
        ("gemini-embedding-001", "Gemini Embedding 001"),
    ];

    /// <summary>Writes the whole list.</summary>
    public static void WriteList(OutputBuffer to)
    {
        var compact = new OutputBuffer().Add("{\"models\":["u8);
        foreach (var model in Models)
        {
            compact.Add(model == Models[0] ? ""u8 : ","u8);
            Write(compact, model.Name, model.DisplayName);
        }

        IndentedJson.Write(to, compact.Add("]}"u8));
        to.Add("\n"u8);
    }

    /// <summary>Writes one model; any name is served.</summary>
    public static void WriteOne(OutputBuffer to, string name)
    {
        var compact = new OutputBuffer();
        Write(compact, name, Array.Find(Models, model => model.Name == name).DisplayName ?? name);
        IndentedJson.Write(to, compact);
        to.Add("\n"u8);
    }

    /// <summary>Writes how many tokens a request has.</summary>
    public static void WriteCount(OutputBuffer to, ChatRequest counted, bool isVertex)
    {
        var compact = new OutputBuffer().Add("{\"totalTokens\":"u8).Add(counted.PromptTokens);
        if (isVertex)
        {
            compact.Add(",\"totalBillableCharacters\":"u8).Add(counted.PromptTokens * Tokens.TokenCounter.RunLength);
        }

        compact.Add(",\"promptTokensDetails\":["u8);
        GeminiJson.WriteDetails(compact, counted.Modalities!);
        IndentedJson.Write(to, compact.Add("]}"u8));
        to.Add("\n"u8);
    }

    private static void Write(OutputBuffer to, string name, string displayName)
    {
        to.Add("{\"name\":"u8).AddJson("models/" + name).Add(",\"version\":\"001\",\"displayName\":"u8).AddJson(displayName);
        if (name.Contains("embedding", StringComparison.Ordinal))
        {
            to.Add(",\"description\":\"Obtain a distributed representation of a text.\",\"inputTokenLimit\":2048,\"outputTokenLimit\":1"u8);
            to.Add(",\"supportedGenerationMethods\":[\"embedContent\",\"countTextTokens\",\"countTokens\"]}"u8);
            return;
        }

        to.Add(",\"description\":\"A simulated model\",\"inputTokenLimit\":1048576,\"outputTokenLimit\":65536"u8);
        to.Add(",\"supportedGenerationMethods\":[\"generateContent\",\"countTokens\",\"createCachedContent\",\"batchGenerateContent\"]"u8);
        to.Add(",\"temperature\":1,\"topP\":0.95,\"topK\":64,\"maxTemperature\":2,\"thinking\":true}"u8);
    }
}
