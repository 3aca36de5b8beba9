//! The models that look at single pictures, each behind its server: faces, persons, embeddings, saliency, eyes, text.

use std::sync::Arc;
use std::time::Duration;

use super::model::{Batching, Model, ModelPlace};
use crate::analysis::Embedding;
use crate::analysis::embed::EmbedModel;
use crate::analysis::faces::{
    DetectRules, EyeGap, FaceMeshModel, FaceModel, FaceSearch, FaceTensor,
};
use crate::analysis::persons::{PersonDetection, PersonModel, PersonRules, PersonTensor};
use crate::analysis::picture_text::{
    LineTensor, PictureTextModel, PictureTextTensor, ReadLine, TextBox, TextBoxRules, TextReader,
};
use crate::analysis::saliency::{Map, SaliencyModel};
use crate::frame::Picture;
use crate::inference::Error;
use crate::memory::Permitted;
use crate::timeline::Stage;

/// A picture that several models may be shown at once.
pub(crate) type SharedPicture = Arc<Permitted<Picture>>;

/// No device gains from more pictures than this at once.
const MOST_PICTURES: Batching = Batching::Measured { most: 64 };

fn pictures<'a>(inputs: &[&'a SharedPicture]) -> Vec<&'a Picture> {
    inputs.iter().map(|input| &****input).collect()
}

impl Model for FaceModel {
    type Input = SharedPicture;
    type Front = DetectRules;
    type Prepared = FaceTensor;
    type Output = FaceSearch;
    type Error = Error;

    const NAME: &'static str = "centerface";
    const STAGE: Stage = Stage::Faces;
    const BATCHING: Batching = MOST_PICTURES;
    const SHAPE: &'static str = "3 planes, 512 columns";
    const RESIDENT_BYTES: usize = 15 << 20;
    const ACTIVATION_BYTES: usize = 24 << 20;

    fn bytes(input: &SharedPicture) -> usize {
        input.rgb.len()
    }

    fn alike(first: &SharedPicture, second: &SharedPicture) -> bool {
        Self::alike(first, second, &DetectRules::default())
    }

    fn prepare(rules: &DetectRules, inputs: &[&SharedPicture]) -> Result<FaceTensor, Error> {
        Self::tensor(&pictures(inputs), rules)
    }

    fn run(
        &mut self,
        _inputs: &[&SharedPicture],
        tensor: FaceTensor,
    ) -> Result<Vec<FaceSearch>, Error> {
        Self::run(self, &tensor, &DetectRules::default())
    }

    fn place(&self) -> ModelPlace {
        ModelPlace::of(self.session())
    }

    fn helpers_cpu(&self) -> Duration {
        self.session().helpers_cpu()
    }
}

impl Model for PersonModel {
    type Input = SharedPicture;
    type Front = PersonRules;
    type Prepared = PersonTensor;
    type Output = Vec<PersonDetection>;
    type Error = Error;

    const NAME: &'static str = "movenet_multipose";
    const STAGE: Stage = Stage::Persons;
    const BATCHING: Batching = MOST_PICTURES;
    const SHAPE: &'static str = "3 planes, 256 columns";
    const RESIDENT_BYTES: usize = 25 << 20;
    const ACTIVATION_BYTES: usize = 8 << 20;

    fn bytes(input: &SharedPicture) -> usize {
        input.rgb.len()
    }

    fn alike(first: &SharedPicture, second: &SharedPicture) -> bool {
        Self::alike(first, second, &PersonRules::default())
    }

    fn prepare(rules: &PersonRules, inputs: &[&SharedPicture]) -> Result<PersonTensor, Error> {
        Self::tensor(&pictures(inputs), rules)
    }

    fn run(
        &mut self,
        _inputs: &[&SharedPicture],
        tensor: PersonTensor,
    ) -> Result<Vec<Vec<PersonDetection>>, Error> {
        Self::run(self, &tensor, &PersonRules::default())
    }

    fn place(&self) -> ModelPlace {
        ModelPlace::of(self.session())
    }

    fn helpers_cpu(&self) -> Duration {
        self.session().helpers_cpu()
    }
}

impl Model for EmbedModel {
    type Input = SharedPicture;
    type Front = ();
    type Prepared = Vec<f32>;
    type Output = Embedding;
    type Error = Error;

    const NAME: &'static str = "efficientnet_lite0";
    const STAGE: Stage = Stage::Embed;
    const BATCHING: Batching = MOST_PICTURES;
    const SHAPE: &'static str = "3x224x224";
    const RESIDENT_BYTES: usize = 30 << 20;
    const ACTIVATION_BYTES: usize = 10 << 20;

    fn bytes(input: &SharedPicture) -> usize {
        input.rgb.len()
    }

    fn prepare((): &(), inputs: &[&SharedPicture]) -> Result<Vec<f32>, Error> {
        Self::tensor(&pictures(inputs))
    }

    fn run(
        &mut self,
        inputs: &[&SharedPicture],
        tensor: Vec<f32>,
    ) -> Result<Vec<Embedding>, Error> {
        Self::run(self, &tensor, inputs.len())
    }

    fn place(&self) -> ModelPlace {
        ModelPlace::of(self.session())
    }

    fn helpers_cpu(&self) -> Duration {
        self.session().helpers_cpu()
    }
}

impl Model for SaliencyModel {
    type Input = SharedPicture;
    type Front = ();
    type Prepared = Vec<f32>;
    type Output = Map;
    type Error = Error;

    const NAME: &'static str = "vit_s_focus";
    const STAGE: Stage = Stage::Saliency;
    const BATCHING: Batching = MOST_PICTURES;
    const SHAPE: &'static str = "3x224x224";
    const RESIDENT_BYTES: usize = 105 << 20;
    const ACTIVATION_BYTES: usize = 25 << 20;

    fn bytes(input: &SharedPicture) -> usize {
        input.rgb.len()
    }

    fn prepare((): &(), inputs: &[&SharedPicture]) -> Result<Vec<f32>, Error> {
        Self::tensor(&pictures(inputs))
    }

    fn run(&mut self, inputs: &[&SharedPicture], tensor: Vec<f32>) -> Result<Vec<Map>, Error> {
        Self::run(self, &tensor, &pictures(inputs))
    }

    fn place(&self) -> ModelPlace {
        ModelPlace::of(self.session())
    }

    fn helpers_cpu(&self) -> Duration {
        self.session().helpers_cpu()
    }
}

impl Model for FaceMeshModel {
    type Input = SharedPicture;
    type Front = ();
    type Prepared = Vec<f32>;
    type Output = Option<EyeGap>;
    type Error = Error;

    const NAME: &'static str = "facemesh";
    const STAGE: Stage = Stage::Eyes;
    const BATCHING: Batching = MOST_PICTURES;
    const SHAPE: &'static str = "3x192x192";
    const RESIDENT_BYTES: usize = 8 << 20;
    const ACTIVATION_BYTES: usize = 6 << 20;

    fn bytes(input: &SharedPicture) -> usize {
        input.rgb.len()
    }

    fn prepare((): &(), inputs: &[&SharedPicture]) -> Result<Vec<f32>, Error> {
        Self::tensor(&pictures(inputs))
    }

    fn run(
        &mut self,
        inputs: &[&SharedPicture],
        tensor: Vec<f32>,
    ) -> Result<Vec<Option<EyeGap>>, Error> {
        Self::run(self, &tensor, inputs.len())
    }

    fn place(&self) -> ModelPlace {
        ModelPlace::of(self.session())
    }

    fn helpers_cpu(&self) -> Duration {
        self.session().helpers_cpu()
    }
}

impl Model for TextReader {
    type Input = SharedPicture;
    type Front = ();
    type Prepared = Vec<LineTensor>;
    type Output = ReadLine;
    type Error = Error;

    const NAME: &'static str = "ppocr_rec_tiny";
    const STAGE: Stage = Stage::ReadText;
    // Lines are of all lengths, and a clip has few.
    const BATCHING: Batching = Batching::Fixed;
    const SHAPE: &'static str = "3 planes, 48 rows";
    const RESIDENT_BYTES: usize = 8 << 20;
    const ACTIVATION_BYTES: usize = 16 << 20;

    fn bytes(input: &SharedPicture) -> usize {
        input.rgb.len()
    }

    fn prepare((): &(), inputs: &[&SharedPicture]) -> Result<Vec<LineTensor>, Error> {
        pictures(inputs).into_iter().map(Self::tensor).collect()
    }

    fn run(
        &mut self,
        _inputs: &[&SharedPicture],
        lines: Vec<LineTensor>,
    ) -> Result<Vec<ReadLine>, Error> {
        lines.iter().map(|line| self.read(line)).collect()
    }

    fn place(&self) -> ModelPlace {
        ModelPlace::of(self.session())
    }

    fn helpers_cpu(&self) -> Duration {
        self.session().helpers_cpu()
    }
}

impl Model for PictureTextModel {
    type Input = SharedPicture;
    type Front = TextBoxRules;
    type Prepared = PictureTextTensor;
    type Output = Vec<TextBox>;
    type Error = Error;

    const NAME: &'static str = "ppocr_det_tiny";
    const STAGE: Stage = Stage::PictureText;
    const BATCHING: Batching = MOST_PICTURES;
    const SHAPE: &'static str = "3 planes, 512 columns";
    const RESIDENT_BYTES: usize = 10 << 20;
    const ACTIVATION_BYTES: usize = 14 << 20;

    fn bytes(input: &SharedPicture) -> usize {
        input.rgb.len()
    }

    fn alike(first: &SharedPicture, second: &SharedPicture) -> bool {
        Self::alike(first, second, &TextBoxRules::default())
    }

    fn prepare(
        rules: &TextBoxRules,
        inputs: &[&SharedPicture],
    ) -> Result<PictureTextTensor, Error> {
        Self::tensor(&pictures(inputs), rules)
    }

    fn run(
        &mut self,
        _inputs: &[&SharedPicture],
        tensor: PictureTextTensor,
    ) -> Result<Vec<Vec<TextBox>>, Error> {
        Self::run(self, &tensor, &TextBoxRules::default())
    }

    fn place(&self) -> ModelPlace {
        ModelPlace::of(self.session())
    }

    fn helpers_cpu(&self) -> Duration {
        self.session().helpers_cpu()
    }
}
