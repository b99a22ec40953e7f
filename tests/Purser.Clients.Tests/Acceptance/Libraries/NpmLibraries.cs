namespace Purser.Clients.Tests.Acceptance.Libraries;

/// <summary>The rows of the libraries from npm.</summary>
internal static class NpmLibraries
{
    private const string GPT = "gpt-5-mini";
    private const string Claude = "claude-sonnet-5-5";
    private const string Gemini = "gemini-2.5-flash";

    private const string OpenAICode = """new OpenAI({ baseURL: "<gateway>/v1", apiKey: "<key>" })""";
    private const string AnthropicCode = """new Anthropic({ baseURL: "<gateway>", apiKey: "<key>" })""";
    private const string GoogleCode = """new GoogleGenAI({ apiKey: "<key>", httpOptions: { baseUrl: "<gateway>" } })""";
    private const string AISDKOpenAICode = """createOpenAI({ baseURL: "<gateway>/v1", apiKey: "<key>" })""";
    private const string OllamaCode = """new Ollama({ host: "<gateway>", headers: { Authorization: "Bearer <key>" } })""";

    /// <summary>In the page's order: each vendor's own library, then those over several.</summary>
    public static IReadOnlyList<InstalledClient> All { get; } = [.. OfVendors(), .. OverSeveral()];

    private static IEnumerable<NpmLibrary> OfVendors() =>
        [
            new("npm openai, chat completions", GPT, "openai", "openai") { Code = OpenAICode },
            new("npm openai, chat completions", Claude, "openai", "openai") { Code = OpenAICode },
            new("npm openai, responses", GPT, "openai-responses", "openai") { Code = OpenAICode },
            new("npm openai, responses", Claude, "openai-responses", "openai") { Code = OpenAICode },
            new("npm @anthropic-ai/sdk", Claude, "anthropic", "@anthropic-ai/sdk") { Code = AnthropicCode },
            new("npm @anthropic-ai/sdk", GPT, "anthropic", "@anthropic-ai/sdk")
            {
                Code = AnthropicCode,
                Note = ToolRunner,
                Replays = true,
            },
            new("npm @google/genai", Gemini, "google-genai", "@google/genai") { Code = GoogleCode },
            new("npm @google/genai", GPT, "google-genai", "@google/genai") { Code = GoogleCode },
            new("npm ollama", "llama3.2", "ollama", "ollama") { Code = OllamaCode },
            new("npm ollama", GPT, "ollama", "ollama") { Code = OllamaCode },
            new("npm cohere-ai", "command-a-03-2025", "cohere", "cohere-ai")
            {
                Code = """new CohereClientV2({ token: "<key>", environment: "<gateway>" })""",
            },
            new("npm @mistralai/mistralai", "mistral-large-latest", "mistral", "@mistralai/mistralai")
            {
                Code = """new Mistral({ serverURL: "<gateway>", apiKey: "<key>" })""",
            },
        ];

    private static IEnumerable<NpmLibrary> OverSeveral() =>
        [
            new("npm ai with @ai-sdk/openai", GPT, "ai-sdk", "ai", "@ai-sdk/openai") { Provider = "openai", Code = AISDKOpenAICode },
            new("npm ai with @ai-sdk/openai, .chat()", GPT, "ai-sdk", "ai", "@ai-sdk/openai")
            {
                Provider = "openai-chat",
                Code = AISDKOpenAICode,
            },
            new("npm ai with @ai-sdk/anthropic", Claude, "ai-sdk", "ai", "@ai-sdk/anthropic")
            {
                Provider = "anthropic",
                Code = """createAnthropic({ baseURL: "<gateway>/v1", apiKey: "<key>" })""",
            },
            new("npm ai with @ai-sdk/google", Gemini, "ai-sdk", "ai", "@ai-sdk/google")
            {
                Provider = "google",
                Code = """createGoogleGenerativeAI({ baseURL: "<gateway>/v1beta", apiKey: "<key>" })""",
            },
            new("npm @openai/agents", GPT, "openai-agents", "@openai/agents", "openai")
            {
                Provider = "responses",
                Code = $"setDefaultOpenAIClient({OpenAICode});\nsetTracingDisabled(true);",
                Note = "Its traces go to OpenAI, not through the gateway; here they are off.",
            },
            new("npm @openai/agents, chat completions", Claude, "openai-agents", "@openai/agents", "openai")
            {
                Provider = "chat_completions",
                Code = $"setDefaultOpenAIClient({OpenAICode});\nsetOpenAIAPI(\"chat_completions\");\nsetTracingDisabled(true);",
            },
            new("npm @langchain/openai", GPT, "langchain", "@langchain/openai", "langchain")
            {
                Provider = "openai",
                Code = """new ChatOpenAI({ model, apiKey: "<key>", configuration: { baseURL: "<gateway>/v1" } })""",
                Note = Retries,
            },
            new("npm @langchain/openai, responses", GPT, "langchain", "@langchain/openai", "langchain")
            {
                Provider = "openai-responses",
                Code = """new ChatOpenAI({ model, apiKey: "<key>", configuration: { baseURL: "<gateway>/v1" }, useResponsesApi: true })""",
                Note = Retries,
            },
            new("npm @langchain/anthropic", Claude, "langchain", "@langchain/anthropic", "langchain")
            {
                Provider = "anthropic",
                Code = """new ChatAnthropic({ model, apiKey: "<key>", anthropicApiUrl: "<gateway>" })""",
                Note = Retries,
            },
        ];

    /// <summary>What to know of Anthropic's tool runners.</summary>
    public const string ToolRunner =
        "Its tool runner wants to keep the conversation at Anthropic, in a message thread; told that there is none, it sends it whole.";

    private const string Retries =
        "Of itself it tries seven times, over more than a minute, where a provider fails; here `maxRetries` is 2.";
}
