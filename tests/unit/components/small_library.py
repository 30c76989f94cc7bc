"""A small Rasa project of its own: a library's desk. Its stories branch on the answer to a question."""

from __future__ import annotations

from pathlib import Path

DOMAIN = """
version: "3.1"
intents: [hello, borrow, prolong, opening_hours, fine, yes_please, no_thanks, bye, weather]
slots:
  has_card: {type: bool, mappings: [{type: custom}]}
responses:
  utter_hello: [{text: "Good morning."}]
  utter_ask_borrow: [{text: "Shall I put it on your card?"}]
  utter_borrowed: [{text: "Yours for four weeks."}]
  utter_left_on_shelf: [{text: "Then it stays here."}]
  utter_ask_prolong: [{text: "Two more weeks?"}]
  utter_prolonged: [{text: "Done."}]
  utter_due_on_monday: [{text: "Then please bring it back on Monday."}]
  utter_hours: [{text: "Ten to six."}]
  utter_fine: [{text: "Twenty pence a day."}]
  utter_bye: [{text: "Goodbye."}]
"""

STORIES = """
version: "3.1"
stories:
- story: borrows a book
  steps: [{intent: hello}, {action: utter_hello}, {intent: borrow}, {action: utter_ask_borrow},
          {intent: yes_please}, {action: utter_borrowed}, {intent: bye}, {action: utter_bye}]
- story: leaves it on the shelf
  steps: [{intent: borrow}, {action: utter_ask_borrow}, {intent: no_thanks}, {action: utter_left_on_shelf}]
- story: keeps it longer
  steps: [{intent: prolong}, {action: utter_ask_prolong}, {intent: yes_please}, {action: utter_prolonged},
          {intent: bye}, {action: utter_bye}]
- story: brings it back
  steps: [{intent: hello}, {action: utter_hello}, {intent: prolong}, {action: utter_ask_prolong},
          {intent: no_thanks}, {action: utter_due_on_monday}]
- story: asks when the desk is open
  steps: [{intent: opening_hours}, {action: utter_hours}, {intent: fine}, {action: utter_fine}]
- story: asks what being late costs
  steps: [{intent: hello}, {action: utter_hello}, {intent: fine}, {action: utter_fine},
          {intent: opening_hours}, {action: utter_hours}, {intent: bye}, {action: utter_bye}]
"""

RULES = """
version: "3.1"
rules:
- rule: Goodbye
  steps: [{intent: bye}, {action: utter_bye}]
"""

CONFIG = """
recipe: default.v1
assistant_id: library
language: en
pipeline: [{name: WhitespaceTokenizer}]
policies:
%s
"""
LIGHT = "- {name: components.light_policy.LightPolicy, threshold: 0.4}"


def write_library(folder: Path, policies: str = LIGHT, rules: str = "", stories: str = STORIES) -> Path:
    """Writes the project into a folder that may not exist yet; returns the folder."""
    (folder / "data").mkdir(parents=True, exist_ok=True)
    (folder / "domain.yml").write_text(DOMAIN)
    (folder / "config.yml").write_text(CONFIG % policies)
    (folder / "data/stories.yml").write_text(stories)
    if rules:
        (folder / "data/rules.yml").write_text(rules)
    return folder
