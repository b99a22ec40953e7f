namespace Purser.Clients.Tests.Acceptance.Libraries;

/// <summary>The rows of the libraries from NuGet.</summary>
internal static class NuGetLibraries
{
    private const string GPT = "gpt-5-mini";
    private const string Claude = "claude-sonnet-5-5";

    private const string OpenAICode =
        """new ChatClient(model, new ApiKeyCredential("<key>"), new OpenAIClientOptions { Endpoint = new Uri("<gateway>/v1") })""";

    private const string AnthropicCode = """new AnthropicClient { BaseUrl = "<gateway>", ApiKey = "<key>" }""";

    private const string OllamaCode = """
        var http = new HttpClient { BaseAddress = new Uri("<gateway>") };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "<key>");
        new OllamaApiClient(http, model)
        """;

    private const string ReasonPhrase =
        "Of an error it shows the status line alone: the gateway's reasons are in there too, which needs HTTP/1.1 all the way.";

    /// <summary>In the page's order.</summary>
    public static IReadOnlyList<InstalledClient> All { get; } =
    [
        new NuGetLibrary("NuGet OpenAI, chat completions", GPT, "openai", "OpenAI") { Code = OpenAICode },
        new NuGetLibrary("NuGet OpenAI, responses", GPT, "openai-responses", "OpenAI")
        {
            Code =
                """new ResponsesClient(new ApiKeyCredential("<key>"), new ResponsesClientOptions { Endpoint = new Uri("<gateway>/v1") })""",
        },
        new NuGetLibrary("NuGet Anthropic", Claude, "anthropic", "Anthropic") { Code = AnthropicCode },
        new NuGetLibrary("NuGet Anthropic", GPT, "anthropic", "Anthropic")
        {
            Code = AnthropicCode,
            Note = NpmLibraries.ToolRunner,
            Replays = true,
        },
        new NuGetLibrary("NuGet Azure.AI.OpenAI", GPT, "azure", "Azure.AI.OpenAI")
        {
            Code = """new AzureOpenAIClient(new Uri("<gateway>"), new ApiKeyCredential("<key>")).GetChatClient(model)""",
            Note = "The deployment is the model's name; the key goes as `api-key`.",
        },
        new NuGetLibrary("NuGet Azure.AI.OpenAI with a token", GPT, "azure-entra", "Azure.AI.OpenAI")
        {
            Code = "new AzureOpenAIClient(new Uri(\"<gateway>\"), credential).GetChatClient(model)",
            Note = "Its `TokenCredential` gives the Purser key, which goes as a bearer token.",
        },
        new NuGetLibrary("NuGet Microsoft.Extensions.AI", GPT, "extensions-ai", "Microsoft.Extensions.AI.OpenAI", "Microsoft.Extensions.AI")
        {
            Code = $"{OpenAICode}\n    .AsIChatClient().AsBuilder().UseFunctionInvocation().Build()",
        },
        new NuGetLibrary("NuGet Microsoft.SemanticKernel", GPT, "semantic-kernel", "Microsoft.SemanticKernel")
        {
            Code = """Kernel.CreateBuilder().AddOpenAIChatCompletion(model, new Uri("<gateway>/v1"), "<key>").Build()""",
            Tool = "clerk-get_weather",
        },
        new NuGetLibrary("NuGet Microsoft.Agents.AI", GPT, "agents-ai", "Microsoft.Agents.AI", "Microsoft.Extensions.AI.OpenAI")
        {
            Code = $"{OpenAICode}\n    .AsIChatClient().AsAIAgent(instructions, tools: tools)",
        },
        new NuGetLibrary("NuGet OllamaSharp", "llama3.2", "ollama", "OllamaSharp") { Code = OllamaCode, Note = ReasonPhrase },
        new NuGetLibrary("NuGet OllamaSharp", GPT, "ollama", "OllamaSharp") { Code = OllamaCode, Note = ReasonPhrase },
    ];
}
