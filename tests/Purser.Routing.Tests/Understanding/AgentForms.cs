namespace Purser.Routing.Tests.Understanding;

/// <summary>What coding agents put around a request: their system text, their tools, their reminders. Shortened, in their form.</summary>
internal static class AgentForms
{
    public static Bodies.Request ClaudeCode(Bodies.Request request) =>
        request with
        {
            System =
                "You are an interactive CLI tool that helps users with software engineering tasks. Use the instructions below and the tools available to you to assist the user.\n\n# Tone and style\nBe concise.\n\n# Doing tasks\nThe user will ask you to fix bugs, add functionality, refactor code, explain code and more. Plan the task if required.",
            Tools = ["Task", "Bash", "Glob", "Grep", "Read", "Edit", "Write", "WebFetch", "TodoWrite"],
            Max = 32000,
            Context =
            [
                "<system-reminder>\nAs you answer the user's questions, you can use the following context:\n# claudeMd\nAlways translate error messages.\n</system-reminder>\n",
            ],
        };

    public static Bodies.Request Codex(Bodies.Request request) =>
        request with
        {
            System =
                "You are a coding agent running in the Codex CLI, a terminal-based coding assistant. You are expected to be precise, safe, and helpful. Emit function calls to run terminal commands and apply patches.",
            Tools = ["shell", "apply_patch", "update_plan", "view_image"],
            Context =
            [
                "# AGENTS.md instructions for /home/u/shop\n\n<INSTRUCTIONS>\nRun the tests before you summarize.\n</INSTRUCTIONS>",
                "<environment_context>\n  <cwd>/home/u/shop</cwd>\n  <sandbox_mode>workspace-write</sandbox_mode>\n</environment_context>",
            ],
        };

    public static Bodies.Request GeminiCli(Bodies.Request request) =>
        request with
        {
            System =
                "You are an interactive CLI agent specializing in software engineering tasks. Your primary goal is to help users safely and efficiently.",
            Tools =
            [
                "list_directory",
                "read_file",
                "search_file_content",
                "glob",
                "replace",
                "write_file",
                "run_shell_command",
                "save_memory",
            ],
            Context =
            [
                "This is the Gemini CLI. We are setting up the context for our chat.\nToday's date is Friday. My operating system is: linux",
            ],
        };

    public static Bodies.Request Opencode(Bodies.Request request) =>
        request with
        {
            System =
                "You are opencode, an agent. Please keep going until the user's query is completely resolved, before ending your turn.",
            Tools = ["bash", "edit", "webfetch", "glob", "grep", "list", "read", "write", "todowrite", "task"],
        };
}
