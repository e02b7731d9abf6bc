"""Running text for proofs: sentences, and their words in other orders, which are other inputs."""

import random

SENTENCES = """
When Maria Keller moved from Basel to the north of Norway in 1987, nobody believed she would stay.
The committee hasn't decided whether it'll publish the report, but two members have already read it aloud.
"You can't be serious," said Mr. O'Brien, and put 3,000 dollars on the table.
Prices at the harbour fell by 4.5% last week; fishermen blamed the weather, the war and each other.
Is there any milk left, or did the children of our neighbours drink all of it?
Heavy rain closed the road between Nairobi and Mombasa for eleven hours on Tuesday.
My sister's old laptop, which Samsung no longer repairs, still plays the songs she recorded in Lisbon.
Please send the forms to office@example.org or to http://www.example.org/forms?id=7 before Friday.
He ran, fell, got up, ran again and was caught by the very same dog.
The University of Toronto and Imperial College London found that bees remember faces.
Running a small hotel in Crete means waking at five, smiling until ten and sleeping when the guests let you.
What surprised me most was how little of the money that had been promised was ever paid.
Ltd. companies, e.g. Baker & Sons Ltd., must file their accounts by 31 March.
Wolves were seen near Warsaw, Poland, for the first time since the 1950s...
Neither the judge nor the lawyers from Chicago had been told that the witness was dead.
lol i dont think so :) but u can ask him tmrw, he's back from NYC
The café naïvely re-opened; Zoë and François ordered crème brûlée for €12 each.
Having lost the election, President Alvarez flew to Geneva, where his brother-in-law runs a clinic.
Give the red one to Peter and keep the other two for yourself!
It is known that water boils at 100 °C, though not on Mount Everest.
""".strip().split("\n")


def texts(n, seed=0):
    """n texts of about 20 to 90 tokens: sentences as they are, or with their words in another order."""
    chance = random.Random(seed)
    found = []
    for _ in range(n):
        sentences = chance.sample(SENTENCES, chance.randint(1, 4))
        for i in range(len(sentences)):
            if chance.random() < 0.5:
                words = sentences[i].split()
                chance.shuffle(words)
                sentences[i] = " ".join(words)
        found.append(chance.choice([" ", "  ", "\n", "\n\n"]).join(sentences))
    return found
